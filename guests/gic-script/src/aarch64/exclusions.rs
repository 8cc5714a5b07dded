//! What the script leaves out, because the architecture leaves a choice, or calls it unpredictable, or QEMU departs
//! from it: docs/testing.md has the table. Nothing else is left out, and no value read is masked.

use super::gic::{self, Address, Kind, kind};
use super::wires::TIMERS;

/// Interrupts that a zone has at least, and those where they are delivered directly.
const FEWEST: u32 = 64;
const FEWEST_DIRECT: u32 = 96;
/// SPIs have INTIDs from here on.
pub(super) const FIRST_SPI: u32 = 32;
/// PPIs that the hypervisor keeps for itself where interrupts are delivered directly.
const KEPT: [u32; 2] = [25, 26];
/// The SPI of a zone whose interrupts are delivered directly, and which owns no device: the virtual UART's, the last that the
/// board does not mention.
const GIVEN: u32 = 95;
/// Lowest binary points of GICV and of its group 1 (IHI 0048B, 5.5.3 and 5.5.8).
const LOWEST_BINARY_POINTS: [u64; 2] = [2, 3];

/// Interrupts that the script uses.
pub(super) fn intids() -> u32 {
    if kind() == Kind::NonSecure { FEWEST_DIRECT } else { FEWEST }
}

/// Whether the script may use the interrupt.
pub(super) fn is_usable(intid: u32) -> bool {
    kind() != Kind::NonSecure || if intid < FIRST_SPI { !KEPT.contains(&intid) } else { intid == GIVEN }
}

/// A bit for each interrupt among the 32 of a word that the script may use.
pub(super) fn usable(word: u32) -> u32 {
    (0..32).filter(|bit| is_usable(word * 32 + bit)).fold(0, |mask, bit| mask | 1 << bit)
}

/// Interrupts of each kind that are enabled: SGIs, PPIs, SPIs. There are fewer than priorities.
pub(super) fn counts() -> [usize; 3] {
    if kind() == Kind::NonSecure { [3, 7, 1] } else { [4, 6, 14] }
}

/// Priorities that the CPU interface tells apart: QEMU implements 5 bits, of which the Non-secure side has 4.
pub(super) fn levels() -> usize {
    if kind() == Kind::NonSecure { 16 } else { 32 }
}

/// The priority of a level: the lowest bits, which are not implemented, are zero (4.8). No two interrupts that are
/// enabled have the same, because which of them comes first is the implementation's choice (4.8).
pub(super) fn priority(level: u8) -> u8 {
    if kind() == Kind::NonSecure { level << 4 } else { level << 3 }
}

/// The bits of four priorities.
pub(super) fn priorities() -> u32 {
    if kind() == Kind::NonSecure { 0xf0f0_f0f0 } else { 0xf8f8_f8f8 }
}

/// A value of the priority mask: QEMU implements 8 bits in the physical interface of a GICv2, and 5 in the virtual one.
pub(super) fn mask(value: u64) -> u64 {
    if kind() == Kind::V2 { value & 0xf8 } else { value }
}

/// Binary points of group 0 and 1, from any numbers.
pub(super) fn binary_points(any: [u64; 2]) -> [u64; 2] {
    let [point0, point1] = any.map(|value| value & 7);
    if kind() == Kind::V2 {
        let [lowest0, lowest1] = LOWEST_BINARY_POINTS;
        [point0.max(lowest0), point1.max(lowest1)]
    } else {
        [point0, point1]
    }
}

/// Whether the interrupt's configuration may be changed. The PPIs of QEMU's GICv2 have one for all CPUs.
pub(super) fn can_configure(intid: u32) -> bool {
    kind() != Kind::V2 || intid >= FIRST_SPI
}

/// A value of a configuration register: the timers are level-sensitive (12.11: whether those of PPIs can be changed is
/// the implementation's choice), and what is not to be used stays so.
pub(super) fn configuration(register: Address, value: u64) -> u64 {
    let timers = TIMERS.map(|timer| timer.intid);
    let fixed = (0..intids()).filter(|intid| timers.contains(intid) || !is_usable(*intid));
    let theirs = fixed.map(|intid| gic::configuration(0, intid));
    let theirs = theirs.filter(|(address, _)| address.offset == register.offset);
    theirs.fold(value, |value, (_, first)| value & !(3 << first))
}

/// A value of GICD_IROUTER: an affinity, without Interrupt_Routing_Mode (GICD_TYPER.No1N) and reserved bits.
pub(super) const fn route(value: u64) -> u64 {
    value & 0xff_00ff_ffff
}

/// Of the interrupts of a word those that may be disabled: QEMU's GICv2 has its SGIs always enabled, which the
/// implementation may choose (IHI 0048B, 4.3.5).
pub(super) fn disabled(word: u32) -> u32 {
    if kind() == Kind::V2 && word == 0 { 0xffff_0000 } else { u32::MAX }
}

/// Whether both groups are enabled in the distributor together or not at all: QEMU's GICv2 signals those of a group that is
/// disabled there while the other is enabled.
pub(super) fn control(any: u64) -> u64 {
    match kind() {
        Kind::V2 => [0, 3][usize::from(any & 1 != 0)],
        Kind::V3 => any & 3,
        Kind::NonSecure => any & 2,
    }
}
