//! What a step of the script writes where: every register, most often with what means something.

use super::domain::{
    ARRAYS, DOMAINCFG, FRAME_WORDS, GENMSI, NUMBERS, SETIPNUM_BE, SOURCES, WORDS, sourcecfg, target,
};
use common::random::Random;

/// Sources that are worth more than others: at the borders of words, and with a wire that moves.
const FAVOURITES: [u32; 7] = [1, 9, 10, 11, 31, 32, 95];
/// Registers that this domain has not: MSI addresses, which machine-level domains have, and those of direct delivery
/// (AIA 1.0, 4.5.3, 4.5.4 and 4.8.1).
const ABSENT: [u32; 9] = [0x1bc0, 0x1bc4, 0x1bc8, 0x1bcc, 0x4000, 0x4004, 0x4008, 0x4018, 0x401c];
/// domaincfg.IE.
const INTERRUPT_ENABLE: u32 = 1 << 8;
/// Identities that the interrupt files of QEMU's `virt` have, and 0, which none has.
const IDENTITIES: u32 = 256;

/// What to do next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Choice {
    /// Write a register.
    Write {
        /// Its offset.
        offset: u32,
        /// The value.
        value: u32,
    },
    /// Turn the level of one of the wires around.
    TurnWire,
}

impl Choice {
    /// The next one.
    pub(super) fn next(random: &mut Random) -> Self {
        let (offset, value) = match random.below(16) {
            // On, most of the time: messages are what it is about.
            0 => (DOMAINCFG, if random.below(4) == 0 { word(random) } else { INTERRUPT_ENABLE }),
            1..=3 => (sourcecfg(existing_source(random)), source_configuration(random)),
            4..=5 => (one_of(random, &ARRAYS) + 4 * below(random, WORDS), bits(random)),
            6..=8 => (one_of(random, &NUMBERS), any_source(random)),
            9 => (SETIPNUM_BE, any_source(random).swap_bytes()),
            10 => (GENMSI, message(random)),
            11..=12 => (target(existing_source(random)), message(random)),
            13..=14 => return Self::TurnWire,
            _ => (any_register(random), word(random)),
        };
        Self::Write { offset, value }
    }
}

/// A source that exists.
pub(super) fn existing_source(random: &mut Random) -> u32 {
    match random.below(3) {
        0 => 1 + below(random, SOURCES),
        _ => one_of(random, &FAVOURITES),
    }
}

/// Any word of the frame, those of registers that are absent more often.
pub(super) fn any_register(random: &mut Random) -> u32 {
    if random.below(2) == 0 { one_of(random, &ABSENT) } else { 4 * below(random, FRAME_WORDS) }
}

/// The number of a source, or of none.
fn any_source(random: &mut Random) -> u32 {
    match random.below(8) {
        0 => word(random),
        1 => below(random, 2 * SOURCES),
        _ => existing_source(random),
    }
}

/// A mode, seldom with other bits set: delegation, and those that are reserved.
fn source_configuration(random: &mut Random) -> u32 {
    if random.below(8) == 0 { word(random) } else { below(random, 8) }
}

/// One bit, some or all.
fn bits(random: &mut Random) -> u32 {
    match random.below(4) {
        0 => u32::MAX,
        1 => word(random),
        _ => 1 << below(random, 32),
    }
}

/// To any hart, with an identity that its interrupt file has, or seldom with any.
fn message(random: &mut Random) -> u32 {
    let any = word(random);
    if random.below(8) == 0 { any } else { any & !0xfff | below(random, IDENTITIES) }
}

/// A number below `limit`.
fn below(random: &mut Random, limit: u32) -> u32 {
    random.below(u64::from(limit)) as u32
}

fn word(random: &mut Random) -> u32 {
    random.next() as u32
}

fn one_of(random: &mut Random, list: &[u32]) -> u32 {
    list[below(random, list.len() as u32) as usize]
}
