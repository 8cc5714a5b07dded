//! As much of the zone's GIC as a guest with a few interrupts needs. Which one it is the CPU says: with a GICv2 it has
//! no system registers for it. It is asked once, since the question is an exit.

mod gicv2;
mod gicv3;

use super::machine::DISTRIBUTOR;
use core::arch::asm;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Registers of the distributor that both have.
const GICD_IGROUPR: u64 = 0x080;
const GICD_ISENABLER: u64 = 0x100;
const GICD_IPRIORITYR: u64 = 0x400;
const GICD_ICFGR: u64 = 0xc00;

static IS_GICV2: AtomicBool = AtomicBool::new(false);

/// Whether the zone has a GICv2; known after [`initialise`].
pub fn is_gicv2() -> bool {
    IS_GICV2.load(Relaxed)
}

/// Makes this vCPU ready to take interrupts; none of its private peripheral ones is enabled yet.
pub fn initialise() {
    let features: u64;
    // SAFETY: reads a register without side effect.
    unsafe { asm!("mrs {}, id_aa64pfr0_el1", out(reg) features, options(nomem, nostack, preserves_flags)) };
    // ID_AA64PFR0_EL1.GIC: 0 without system registers.
    IS_GICV2.store(features >> 24 & 0xf == 0, Relaxed);
    if is_gicv2() { gicv2::initialise() } else { gicv3::initialise() }
}

/// Enables a private interrupt (INTID below 32) of this vCPU at priority 0x80.
pub fn enable(intid: u32) {
    set_priority(intid, 0x80);
    if is_gicv2() { gicv2::enable(intid) } else { gicv3::enable(intid) }
}

/// What makes a shared interrupt pending: the value of its field in GICD_ICFGR.
#[derive(Clone, Copy, Debug)]
pub enum Trigger {
    /// Its line is high.
    Level = 0b00,
    /// Its line rises.
    Edge = 0b10,
}

/// Enables a shared interrupt (INTID from 32) at priority 0x80, for vCPU 0.
pub fn enable_shared(intid: u32, trigger: Trigger) {
    let change = |register: u64, bits: u32, width: u32, value: u32| {
        let (per_word, shift) = (32 / width, intid % (32 / width) * width);
        let word = DISTRIBUTOR + register + u64::from(intid / per_word) * 4;
        write(word, read(word) & !(bits << shift) | value << shift);
    };
    change(GICD_ICFGR, 0b11, 2, trigger as u32);
    change(GICD_IPRIORITYR, 0xff, 8, 0x80);
    if is_gicv2() {
        change(GICD_IGROUPR, 1, 1, 0);
        change(gicv2::GICD_ITARGETSR, 0xff, 8, 1);
    } else {
        change(GICD_IGROUPR, 1, 1, 1);
        gicv3::route_to_first(intid);
    }
    write(DISTRIBUTOR + GICD_ISENABLER + u64::from(intid / 32) * 4, 1 << (intid % 32));
}

/// Sets the priority of a private interrupt of this vCPU.
pub fn set_priority(intid: u32, priority: u8) {
    let shift = intid % 4 * 8;
    let priorities = if is_gicv2() { gicv2::GICD_IPRIORITYR } else { gicv3::priorities() };
    let word = priorities + u64::from(intid / 4 * 4);
    write(word, read(word) & !(0xff << shift) | u32::from(priority) << shift);
}

/// Acknowledges an interrupt: its INTID, and in further bits what [`end`] has to be told beside it.
pub(crate) fn acknowledge() -> u32 {
    if is_gicv2() { gicv2::acknowledge() } else { gicv3::acknowledge() }
}

/// The INTID of what was acknowledged; from 1020 on nothing was.
pub(crate) fn intid(acknowledged: u32) -> u32 {
    acknowledged & 0x3ff
}

/// Ends what was acknowledged.
pub(crate) fn end(acknowledged: u32) {
    if is_gicv2() { gicv2::end(acknowledged) } else { gicv3::end(acknowledged) }
}

/// Writes the register that generates SGIs: ICC_SGI1R_EL1, or of a GICv2 GICD_SGIR.
pub fn send_sgi(value: u64) {
    if is_gicv2() { gicv2::send_sgi(value as u32) } else { gicv3::send_sgi(value) }
}

/// Takes no interrupt any more on this vCPU, until [`initialise`].
pub fn refuse() {
    if is_gicv2() { gicv2::refuse() } else { gicv3::refuse() }
}

/// Lets interrupts in.
pub fn unmask() {
    // SAFETY: the vector table is in place, and handlers touch only atomics.
    unsafe { asm!("msr daifclr, #2", options(nostack)) };
}

/// Keeps interrupts out.
pub fn mask() {
    // SAFETY: masking is always sound.
    unsafe { asm!("msr daifset, #2", options(nostack)) };
}

fn read(address: u64) -> u32 {
    let value;
    // SAFETY: a register of this zone's own GIC.
    unsafe { asm!("ldr {:w}, [{}]", out(reg) value, in(reg) address, options(nostack)) };
    value
}

fn write(address: u64, value: u32) {
    // SAFETY: a register of this zone's own GIC, which holds no memory of ours.
    unsafe { asm!("str {:w}, [{}]", in(reg) value, in(reg) address, options(nostack)) };
}
