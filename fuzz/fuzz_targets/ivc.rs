//! Any history of a lane between two peers, compared step by step with a queue.
#![no_main]

#[path = "../../crates/ivc/tests/support/mod.rs"]
mod support;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use support::Sections;
use support::both::{Both, End, Op};

#[derive(Arbitrary, Debug)]
struct History {
    peers: u8,
    spare: u8,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    Send(u8),
    SendAny(u16),
    Receive,
    ReceiveInto(u8),
    Skip,
    Unread,
    ReceiverMaySleep,
    SenderMaySleep(u8),
    Open(bool),
    Restart(bool),
}

fn op(step: Step) -> Op {
    let end = |sender| if sender { End::Sender } else { End::Receiver };
    match step {
        Step::Send(len) => Op::Send(usize::from(len) % 64),
        Step::SendAny(len) => Op::Send(len.into()),
        Step::Receive => Op::Receive(1024),
        Step::ReceiveInto(room) => Op::Receive(room.into()),
        Step::Skip => Op::Skip,
        Step::Unread => Op::Unread,
        Step::ReceiverMaySleep => Op::ReceiverMaySleep,
        Step::SenderMaySleep(len) => Op::SenderMaySleep(len.into()),
        Step::Open(sender) => Op::Open(end(sender)),
        Step::Restart(sender) => Op::Restart(end(sender)),
    }
}

fuzz_target!(|history: History| {
    let peers = 2 + u32::from(history.peers) % 3;
    let lanes = peers as usize - 1;
    let sections = Sections::new(peers, 256 + (128 + 64) * lanes + 32 * (usize::from(history.spare) % 20));
    let bells = Default::default();
    let mut both = Both::new(&sections, &bells);
    both.apply(Op::Open(End::Receiver));
    both.apply(Op::Open(End::Sender));
    history.steps.into_iter().map(op).for_each(|op| both.apply(op));
});
