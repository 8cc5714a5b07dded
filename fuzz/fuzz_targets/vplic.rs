//! Register traffic and wires of a PLIC, compared step by step with a plain one.
#![no_main]

#[path = "../../crates/vplic/tests/support/mod.rs"]
mod support;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use support::both::{Both, MAX_VCPUS, Op, WIRED};
use support::{BOUND, Storage};

#[derive(Arbitrary, Debug)]
struct History {
    vcpus: u8,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    Claim(u8),
    CompleteClaimed(u8, u8),
    Complete(u8, u8),
    CompleteAny(u8, u32),
    Drive(u8, bool),
    DrivePhysical(u8, bool),
    SetPriority(u8, u32),
    SetEnabled(u8, u8, u32),
    EnableAll(u8, u8),
    SetThreshold(u8, u32),
    Read(u32),
    Write(u32, u32),
    Reset,
    Pulse(u8),
}

fn op(step: Step) -> Op {
    match step {
        Step::Claim(by) => Op::Claim(by.into()),
        Step::CompleteClaimed(by, pick) => Op::CompleteClaimed(by.into(), pick.into()),
        Step::Complete(by, number) => Op::Complete(by.into(), number.into()),
        Step::CompleteAny(by, number) => Op::Complete(by.into(), number),
        Step::Drive(which, level) => Op::Drive(usize::from(which) % WIRED.len(), level),
        Step::DrivePhysical(which, level) => Op::DrivePhysical(usize::from(which) % BOUND.len(), level),
        Step::SetPriority(number, value) => Op::SetPriority(number.into(), value),
        Step::SetEnabled(vcpu, word, bits) => Op::SetEnabled(vcpu.into(), u32::from(word) % 4, bits),
        Step::EnableAll(vcpu, word) => Op::SetEnabled(vcpu.into(), u32::from(word) % 4, u32::MAX),
        Step::SetThreshold(vcpu, value) => Op::SetThreshold(vcpu.into(), value),
        Step::Read(offset) => Op::Elsewhere(offset, None),
        Step::Write(offset, value) => Op::Elsewhere(offset, Some(value)),
        Step::Reset => Op::Reset,
        Step::Pulse(which) => Op::Pulse(usize::from(which) % WIRED.len()),
    }
}

fuzz_target!(|history: History| {
    let mut storage = Storage::new(1 + usize::from(history.vcpus) % MAX_VCPUS);
    let mut both = Both::new(&mut storage);
    for step in history.steps {
        both.apply(op(step));
        both.compare();
    }
    both.serve_everything();
});
