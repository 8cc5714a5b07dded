//! Whatever guests write wherever, and whatever arrives, nothing happens outside a zone, with either GIC.
#![no_main]

#[path = "../../crates/vgic/tests/support/mod.rs"]
mod support;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use support::outside::{Op, run};
use vgic::{Frame, MAX_VCPUS, MAX_VCPUS_V2, VcpuId, Version, Width};

#[derive(Arbitrary, Debug)]
struct History {
    v2: bool,
    vcpus: u8,
    list_registers: u8,
    /// Which physical interrupts are pending when the model asks, by turns.
    pending: u32,
    /// By whom, in whose redistributor if in one, and what.
    steps: Vec<(u8, Option<u8>, Step)>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    Read(Place),
    Write(Place, u64),
    SendSgi(u8, u64),
    Deactivate(u16),
    /// Any physical interrupt.
    Arrive(u16),
    /// One that is bound.
    ArriveBound(u8),
    SetLine(u16, bool),
    Refill,
    Acknowledge,
    End,
}

/// Half of them are aligned words of the first 4 KiB of a frame, where registers are.
#[derive(Arbitrary, Debug)]
enum Place {
    Word(u8, bool),
    Any(u32, u8),
}

impl Place {
    fn access(&self) -> (u32, Width) {
        match *self {
            Self::Word(word, second) => {
                (u32::from(word) * 4 + if second { 0x1_0000 } else { 0 }, Width::Word)
            }
            Self::Any(offset, width) => {
                let widths = [Width::Byte, Width::Half, Width::Word, Width::Double];
                (offset % 0x2_0000, widths[usize::from(width) % 4])
            }
        }
    }
}

/// Most of them exist; no INTID is beyond 1019.
fn intid(number: u16) -> u32 {
    u32::from(number) % 1020
}

fn op(step: Step) -> Op {
    match step {
        Step::Read(place) => {
            let (offset, width) = place.access();
            Op::Read(offset, width)
        }
        Step::Write(place, value) => {
            let (offset, width) = place.access();
            Op::Write(offset, width, value)
        }
        Step::SendSgi(register, value) => Op::SendSgi(register % 3, value),
        Step::Deactivate(number) => Op::Deactivate(intid(number)),
        Step::Arrive(number) => Op::Arrive(intid(number)),
        Step::ArriveBound(which) => Op::Arrive([27, 77, 1019, 32][usize::from(which) % 4]),
        Step::SetLine(number, level) => Op::SetLine(intid(number), level),
        Step::Refill => Op::Refill,
        Step::Acknowledge => Op::Acknowledge,
        Step::End => Op::End,
    }
}

fuzz_target!(|history: History| {
    let (version, most) = match history.v2 {
        true => (Version::V2, MAX_VCPUS_V2),
        false => (Version::V3, MAX_VCPUS),
    };
    let steps = history.steps.into_iter().map(|(by, redistributor, step)| {
        let whose = redistributor.and_then(|whose| VcpuId::new(usize::from(whose) % MAX_VCPUS));
        (by.into(), whose.map_or(Frame::Distributor, Frame::Redistributor), op(step))
    });
    let vcpus = 1 + usize::from(history.vcpus) % most;
    let list_registers = 1 + usize::from(history.list_registers) % 16;
    run(version, vcpus, list_registers, history.pending, steps.collect());
});
