//! The registers of an APLIC interrupt domain (AIA 1.0, 4.5), by their offsets.

use common::machine::{APLIC, APLIC_SIZE};
use core::arch::asm;

pub(super) const DOMAINCFG: u32 = 0x0000;
/// setip, in_clrip, setie and clrie: arrays of words, a bit for each source.
pub(super) const ARRAYS: [u32; 4] = [SETIP, IN_CLRIP, SETIE, 0x1f00];
pub(super) const SETIP: u32 = 0x1c00;
pub(super) const IN_CLRIP: u32 = 0x1d00;
pub(super) const SETIE: u32 = 0x1e00;
/// setipnum, clripnum, setienum, clrienum and setipnum_le: they take the number of a source.
pub(super) const NUMBERS: [u32; 5] = [0x1cdc, CLRIPNUM, 0x1edc, 0x1fdc, 0x2000];
pub(super) const CLRIPNUM: u32 = 0x1ddc;
/// The same with its bytes the other way round.
pub(super) const SETIPNUM_BE: u32 = 0x2004;
pub(super) const GENMSI: u32 = 0x3000;

/// Sources of the domain: 1 up to this.
pub(super) const SOURCES: u32 = 96;
/// Words of an array that have sources: the last one has source 96 alone.
pub(super) const WORDS: u32 = SOURCES / 32 + 1;
/// Registers in the frame.
pub(super) const FRAME_WORDS: u32 = APLIC_SIZE as u32 / 4;

/// sourcecfg of a source.
pub(super) const fn sourcecfg(source: u32) -> u32 {
    4 * source
}

/// target of a source.
pub(super) const fn target(source: u32) -> u32 {
    GENMSI + 4 * source
}

/// The source whose sourcecfg is at `offset`.
pub(super) fn source_of_sourcecfg(offset: u32) -> Option<u32> {
    (sourcecfg(1)..=sourcecfg(SOURCES)).contains(&offset).then_some(offset / 4)
}

/// The source whose target is at `offset`.
pub(super) fn source_of_target(offset: u32) -> Option<u32> {
    (target(1)..=target(SOURCES)).contains(&offset).then(|| (offset - GENMSI) / 4)
}

/// Reads the register at `offset`.
pub(super) fn read(offset: u32) -> u32 {
    let value: u32;
    // SAFETY: a load inside the APLIC's frame, which has no side effect on memory.
    unsafe { asm!("lw {}, 0({})", out(reg) value, in(reg) address(offset), options(nostack)) };
    value
}

/// Writes the register at `offset`.
pub(super) fn write(offset: u32, value: u32) {
    // SAFETY: a store inside the APLIC's frame. What it sends are MSIs, and external interrupts stay disabled.
    unsafe { asm!("sw {}, 0({})", in(reg) value, in(reg) address(offset), options(nostack)) };
}

/// The aligned word of the frame that `offset` names.
fn address(offset: u32) -> u64 {
    APLIC + u64::from(offset / 4 % FRAME_WORDS * 4)
}
