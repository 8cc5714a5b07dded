//! A lane in any history, beside a queue.

mod support;

use proptest::prelude::*;
use support::Sections;
use support::both::{Both, End, Op};

fn op() -> impl Strategy<Value = Op> {
    let end = prop_oneof![Just(End::Sender), Just(End::Receiver)];
    let len = prop_oneof![9 => 0..40_usize, 1 => 0..300_usize];
    prop_oneof![
        20 => len.clone().prop_map(Op::Send),
        20 => prop_oneof![9 => Just(300_usize), 1 => 0..40_usize].prop_map(Op::Receive),
        2 => Just(Op::Skip),
        4 => Just(Op::Unread),
        6 => Just(Op::ReceiverMaySleep),
        6 => len.prop_map(Op::SenderMaySleep),
        1 => end.clone().prop_map(Op::Open),
        1 => end.prop_map(Op::Restart),
    ]
}

proptest! {
    #[test]
    fn a_lane_carries_what_a_queue_does(
        peers in 2..5_u32,
        spare in 0..20_usize,
        history in proptest::collection::vec(op(), 1..300),
    ) {
        let lanes = peers as usize - 1;
        let sections = Sections::new(peers, 256 + (128 + 64) * lanes + 32 * spare);
        let bells = Default::default();
        let mut both = Both::new(&sections, &bells);
        both.apply(Op::Open(End::Receiver));
        both.apply(Op::Open(End::Sender));
        for op in history {
            both.apply(op);
        }
    }
}
