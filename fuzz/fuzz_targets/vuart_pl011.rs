//! Register traffic of a PL011, compared step by step with a plain one.
#![no_main]

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../crates/vuart/tests/pl011/offsets.rs"]
mod offsets;
#[path = "../../crates/vuart/tests/pl011/reference.rs"]
mod reference;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../crates/vuart/tests/common/wire.rs"]
mod wire;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use reference::run;

#[derive(Arbitrary, Debug)]
enum Step {
    Read(u8),
    ReadAny(u32),
    Write(u8, u8),
    WriteAny(u32, u32),
    Arrive(Vec<u8>),
    Room(u8),
    Poll,
}

/// Registers are a word apart.
fn step(step: Step) -> reference::Step {
    use reference::Step as To;
    match step {
        Step::Read(number) => To::Read(u32::from(number) % 32 * 4),
        Step::ReadAny(offset) => To::Read(offset),
        Step::Write(number, value) => To::Write(u32::from(number) % 32 * 4, value.into()),
        Step::WriteAny(offset, value) => To::Write(offset, value),
        Step::Arrive(bytes) => To::Arrive(bytes),
        Step::Room(room) => To::Room(usize::from(room) % 20),
        Step::Poll => To::Poll,
    }
}

fuzz_target!(|steps: Vec<Step>| run(steps.into_iter().map(step).collect()));
