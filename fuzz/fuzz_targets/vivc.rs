//! Accesses of the peers of a channel, which come and go, compared step by step with a plain channel.
#![no_main]

#[path = "../../crates/vivc/tests/support/mod.rs"]
mod support;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use support::{History, Step};
use vivc::{MAX_PEERS, Peer, Width};

#[derive(Arbitrary, Debug)]
struct Input {
    peers: u8,
    steps: Vec<(u8, Action)>,
}

#[derive(Arbitrary, Debug)]
enum Action {
    Start,
    Stop,
    Read(u8),
    Write(u8, u32),
    Ring(u8),
    ReadAny(u32, u8),
    WriteAny(u32, u8, u32),
}

fn width(number: u8) -> Width {
    [Width::Byte, Width::Half, Width::Word, Width::Double][usize::from(number) % 4]
}

fn step(by: u8, action: Action) -> Step {
    match action {
        Action::Start => Step::Start(by),
        Action::Stop => Step::Stop(by),
        Action::Read(register) => Step::Read(by, u32::from(register) * 4, Width::Word),
        Action::Write(register, value) => Step::Write(by, u32::from(register) * 4, Width::Word, value),
        Action::Ring(target) => Step::Write(by, 0x14, Width::Word, target.into()),
        Action::ReadAny(offset, number) => Step::Read(by, offset, width(number)),
        Action::WriteAny(offset, number, value) => Step::Write(by, offset, width(number), value),
    }
}

fuzz_target!(|input: Input| {
    let peers: Vec<Peer> =
        (0..2 + usize::from(input.peers) % (MAX_PEERS - 1)).map(|_| Peer::default()).collect();
    let mut history = History::new(&peers);
    for (by, action) in input.steps {
        history.step(step(by, action));
    }
});
