//! What a peer can do that writes anything, anywhere it may, at any time: lose its own messages.

mod support;

use proptest::prelude::*;
use support::hostile::{CAPACITY, LEN, Step, Write, play};

/// Words that matter: epochs, positions, alerts, headers of messages.
fn word() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 4..8_usize, 2 => 64..66_usize, 2 => 80..82_usize, 3 => 128..160_usize, 1 => 0..LEN / 4]
}

fn value() -> impl Strategy<Value = u32> {
    let position = (0..=2 * CAPACITY as u32 / 8).prop_map(|granule| granule * 8);
    prop_oneof![4 => position.clone(), 1 => position.prop_map(|position| position | 1), 1 => any::<u32>()]
}

fn write() -> impl Strategy<Value = Write> {
    prop_oneof![
        (word(), value()).prop_map(|(word, value)| Write::Set(word, value)),
        (word(), prop_oneof![Just(8_i8), Just(-8), any::<i8>()]).prop_map(|(word, by)| Write::Add(word, by)),
        (word(), 0..LEN / 4).prop_map(|(word, from)| Write::Mirror(word, from)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let len = 0..CAPACITY + 8;
    prop_oneof![
        6 => len.clone().prop_map(Step::VictimSends),
        8 => len.clone().prop_map(Step::VictimReceives),
        2 => Just(Step::VictimSkips),
        2 => Just(Step::VictimAsksForUnread),
        2 => len.clone().prop_map(Step::VictimMaySleep),
        6 => (0..CAPACITY / 2).prop_map(Step::HonestSend),
        4 => Just(Step::HonestReceive),
        1 => Just(Step::HonestOpen),
        4 => (0..16_u8, write()).prop_map(|(wait, write)| Step::Write(wait, write)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn a_hostile_peer_loses_its_own_messages_at_most(history in proptest::collection::vec(step(), 1..100)) {
        play(history);
    }
}
