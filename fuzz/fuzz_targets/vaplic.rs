//! Register traffic and wires of an APLIC, compared step by step with a plain one.
#![no_main]

#[path = "../../crates/vaplic/tests/support/mod.rs"]
mod support;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use support::world::{Op, World};
use support::{Bench, SOURCES};
use vaplic::Width;

#[derive(Arbitrary, Debug)]
enum Step {
    Read(Place),
    Write(Place, u32),
    /// A small value, a word of two bits.
    WriteSmall(Place, u8),
    WriteBits(Place, u8, u8),
    /// Hart and EIID of a source.
    Target(u8, u8, u8),
    /// An access of another width.
    ReadOdd(u16, u8),
    WriteOdd(u16, u8, u32),
    Drive(u8, bool),
    Reset,
}

/// A register: those of a source, one of those that have a bit for each source or take a number, or any.
#[derive(Arbitrary, Debug)]
enum Place {
    Domain,
    Config(u8),
    Target(u8),
    Numbers(u8),
    Words(u8, u8),
    Any(u16),
}

impl Place {
    fn offset(&self) -> u32 {
        use support::*;
        match *self {
            Self::Domain => DOMAINCFG,
            Self::Config(source) => sourcecfg(u32::from(source) % 48),
            Self::Target(source) => target(u32::from(source) % 48),
            Self::Numbers(which) => {
                let registers = [SETIPNUM, CLRIPNUM, SETIENUM, CLRIENUM, SETIPNUM_LE, SETIPNUM_BE, GENMSI];
                registers[usize::from(which) % registers.len()]
            }
            Self::Words(which, word) => {
                let registers = [SETIP, IN_CLRIP, SETIE, CLRIE];
                registers[usize::from(which) % registers.len()] + u32::from(word) % 3 * 4
            }
            Self::Any(word) => u32::from(word) % 0x2000 * 4,
        }
    }
}

fn odd(width: u8) -> Width {
    [Width::Byte, Width::Half, Width::Double][usize::from(width) % 3]
}

fn op(step: Step) -> Op {
    match step {
        Step::Read(place) => Op::Read(place.offset(), Width::Word),
        Step::Write(place, value) => Op::Write(place.offset(), Width::Word, value),
        Step::WriteSmall(place, value) => Op::Write(place.offset(), Width::Word, value.into()),
        Step::WriteBits(place, a, b) => Op::Write(place.offset(), Width::Word, 1 << (a % 32) | 1 << (b % 32)),
        Step::Target(source, hart, eiid) => {
            let value = support::to(u32::from(hart) % 4, eiid.into());
            Op::Write(Place::Target(source).offset(), Width::Word, value)
        }
        Step::ReadOdd(offset, width) => Op::Read(u32::from(offset) % 0x8000, odd(width)),
        Step::WriteOdd(offset, width, value) => Op::Write(u32::from(offset) % 0x8000, odd(width), value),
        Step::Drive(source, level) => Op::Drive(1 + u32::from(source) % u32::from(SOURCES), level),
        Step::Reset => Op::Reset,
    }
}

fuzz_target!(|steps: Vec<Step>| {
    let mut banks = Bench::banks();
    let mut world = World::new(&mut banks);
    for step in steps {
        world.apply(op(step));
    }
    world.check_all_registers();
});
