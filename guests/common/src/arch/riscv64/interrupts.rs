//! The supervisor interrupts of this hart, by their numbers in scause: software 1, timer 5, external 9.

use core::arch::asm;

/// Software interrupt.
const SOFTWARE: u32 = 1;
/// External interrupt.
const EXTERNAL: u32 = 9;
/// sstatus.SIE.
const SSTATUS_SIE: u64 = 1 << 1;

/// None is enabled.
pub fn initialise() {
    refuse();
}

/// Enables the interrupt `number`.
pub fn enable(number: u32) {
    // SAFETY: sie decides what arrives once interrupts are let in.
    unsafe { asm!("csrs sie, {}", in(reg) 1u64 << number, options(nostack)) };
}

/// Takes what can be taken back of an interrupt that has arrived; the timer's goes with the next deadline. An external
/// one is disabled: a guest that has served what is behind it enables it again.
pub(crate) fn acknowledge(number: u32) {
    match number {
        // SAFETY: this hart's own interrupt.
        SOFTWARE => unsafe { asm!("csrc sip, {}", in(reg) 1u64 << SOFTWARE, options(nostack)) },
        // SAFETY: it would arrive for ever.
        EXTERNAL => unsafe { asm!("csrc sie, {}", in(reg) 1u64 << EXTERNAL, options(nostack)) },
        _ => (),
    }
}

/// Takes no interrupt any more on this vCPU, until the next [`enable`].
pub fn refuse() {
    // SAFETY: taking none is always sound.
    unsafe { asm!("csrw sie, zero", options(nostack)) };
}

/// Lets interrupts in.
pub fn unmask() {
    // SAFETY: the vector is in place, and handlers touch only atomics.
    unsafe { asm!("csrs sstatus, {}", in(reg) SSTATUS_SIE, options(nostack)) };
}

/// Keeps interrupts out.
pub fn mask() {
    // SAFETY: masking is always sound.
    unsafe { asm!("csrc sstatus, {}", in(reg) SSTATUS_SIE, options(nostack)) };
}
