//! What the script leaves out, because the architecture leaves a choice, or calls it unpredictable, or QEMU departs
//! from it: docs/testing.md has the table. Nothing else is left out, and no value read is masked.

use super::gicv3::{self, Address};
use super::wires::TIMERS;

/// Interrupts that the script uses: as many as a zone has at least.
pub(super) const INTIDS: u32 = 64;
/// SPIs have INTIDs from here on.
pub(super) const FIRST_SPI: u32 = 32;
/// Priorities that a CPU interface of QEMU tells apart.
pub(super) const LEVELS: usize = 32;

/// The priority of a level: the lowest bits, which are not implemented, are zero (4.8). No two interrupts that are
/// enabled have the same, because which of them comes first is the implementation's choice (4.8).
pub(super) const fn priority(level: u8) -> u8 {
    level << 3
}

/// Four priorities.
pub(super) const PRIORITIES: u32 = 0xf8f8_f8f8;

/// A value of a configuration register: the timers are level-sensitive (12.11: whether those of PPIs can be changed is
/// the implementation's choice).
pub(super) fn configuration(register: Address, value: u64) -> u64 {
    let timers = TIMERS.map(|timer| gicv3::configuration(0, timer.intid));
    let theirs = timers.iter().filter(|(address, _)| address.offset == register.offset);
    theirs.fold(value, |value, (_, first)| value & !(3 << first))
}

/// A value of GICD_IROUTER: an affinity, without Interrupt_Routing_Mode (GICD_TYPER.No1N) and reserved bits.
pub(super) const fn route(value: u64) -> u64 {
    value & 0xff_00ff_ffff
}
