//! Random histories of several peers, against a plain reference.

mod support;

use proptest::prelude::*;
use support::{History, Step};
use vivc::{MAX_PEERS, Peer, Width};

fn width() -> impl Strategy<Value = Width> {
    prop_oneof![
        12 => Just(Width::Word),
        1 => Just(Width::Byte),
        1 => Just(Width::Half),
        1 => Just(Width::Double),
    ]
}

fn offset() -> impl Strategy<Value = u32> {
    prop_oneof![12 => (0u32..0x41).prop_map(|word| word * 4), 1 => 0u32..0x1000]
}

fn step() -> impl Strategy<Value = Step> {
    let value = prop_oneof![3 => 0u32..18, 2 => any::<u32>()];
    prop_oneof![
        1 => any::<u8>().prop_map(Step::Start),
        1 => any::<u8>().prop_map(Step::Stop),
        6 => (any::<u8>(), offset(), width()).prop_map(|(peer, offset, width)| Step::Read(peer, offset, width)),
        8 => (any::<u8>(), offset(), width(), value)
            .prop_map(|(peer, offset, width, value)| Step::Write(peer, offset, width, value)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_channel_is_what_the_plain_one_is(
        peers in 2usize..=MAX_PEERS,
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let states: Vec<Peer> = (0..peers).map(|_| Peer::default()).collect();
        let mut history = History::new(&states);
        for peer in 0..peers {
            history.step(Step::Start(peer as u8));
        }
        steps.into_iter().for_each(|step| history.step(step));
    }
}
