//! A peer that writes anything into its section, between any two accesses of the other.
#![no_main]

#[path = "../../crates/ivc/tests/support/mod.rs"]
mod support;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use support::hostile;
use support::hostile::{CAPACITY, play};

#[derive(Arbitrary, Debug)]
enum Step {
    VictimSends(u8),
    VictimReceives(u8),
    VictimSkips,
    VictimAsksForUnread,
    VictimMaySleep(u8),
    HonestSend(u8),
    HonestReceive,
    HonestOpen,
    Set(u8, u8, u32),
    SetPosition(u8, u8, u8),
    Add(u8, u8, i8),
    Mirror(u8, u8, u8),
}

fn step(step: Step) -> hostile::Step {
    use hostile::{Step as To, Write};
    match step {
        Step::VictimSends(len) => To::VictimSends(len.into()),
        Step::VictimReceives(room) => To::VictimReceives(room.into()),
        Step::VictimSkips => To::VictimSkips,
        Step::VictimAsksForUnread => To::VictimAsksForUnread,
        Step::VictimMaySleep(len) => To::VictimMaySleep(len.into()),
        Step::HonestSend(len) => To::HonestSend(usize::from(len) % CAPACITY),
        Step::HonestReceive => To::HonestReceive,
        Step::HonestOpen => To::HonestOpen,
        Step::Set(wait, word, value) => To::Write(wait, Write::Set(word.into(), value)),
        Step::SetPosition(wait, word, granule) => {
            To::Write(wait, Write::Set(word.into(), u32::from(granule) * 8))
        }
        Step::Add(wait, word, by) => To::Write(wait, Write::Add(word.into(), by)),
        Step::Mirror(wait, word, from) => To::Write(wait, Write::Mirror(word.into(), from.into())),
    }
}

fuzz_target!(|history: Vec<Step>| play(history.into_iter().map(step)));
