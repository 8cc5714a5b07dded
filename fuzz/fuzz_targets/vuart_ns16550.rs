//! Register traffic of an NS16550A, compared step by step with a plain one.
#![no_main]

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../crates/vuart/tests/ns16550/numbers.rs"]
mod numbers;
#[path = "../../crates/vuart/tests/ns16550/reference.rs"]
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

fn step(step: Step) -> reference::Step {
    use reference::Step as To;
    match step {
        Step::Read(number) => To::Read(u32::from(number) % 8),
        Step::ReadAny(number) => To::Read(number),
        Step::Write(number, value) => To::Write(u32::from(number) % 8, value.into()),
        Step::WriteAny(number, value) => To::Write(number, value),
        Step::Arrive(bytes) => To::Arrive(bytes),
        Step::Room(room) => To::Room(usize::from(room) % 20),
        Step::Poll => To::Poll,
    }
}

fuzz_target!(|steps: Vec<Step>| run(steps.into_iter().map(step).collect()));
