//! The EL1 virtual timer (DDI 0487, "The Generic Timer in AArch64 state").

use crate::Options;
use core::arch::asm;

/// INTID of the virtual timer's PPI.
pub const INTERRUPT: u32 = 27;

/// Nothing to learn: the CPU knows how fast its timer counts.
pub(crate) fn configure(_: &Options<'_>) {}

/// Counts per second: CNTFRQ_EL0.
pub fn frequency() -> u64 {
    let value;
    // SAFETY: reads a register without side effect.
    unsafe { asm!("mrs {}, cntfrq_el0", out(reg) value, options(nomem, nostack, preserves_flags)) };
    value
}

/// CNTVCT_EL0, read in program order.
pub fn now() -> u64 {
    let value;
    // SAFETY: reads a register without side effect.
    unsafe { asm!("isb", "mrs {}, cntvct_el0", out(reg) value, options(nostack, preserves_flags)) };
    value
}

/// Raises the interrupt once the count reaches `deadline`.
pub fn set(deadline: u64) {
    // SAFETY: programs this vCPU's own timer.
    unsafe {
        asm!("msr cntv_cval_el0, {}", "msr cntv_ctl_el0, {}", "isb", in(reg) deadline, in(reg) 1u64,
            options(nostack));
    }
}

/// Takes the interrupt away.
pub fn stop() {
    // SAFETY: stops this vCPU's own timer.
    unsafe { asm!("msr cntv_ctl_el0, xzr", "isb", options(nostack)) };
}

/// Waits until an interrupt is pending.
pub fn wait_for_interrupt() {
    // SAFETY: waits only.
    unsafe { asm!("wfi", options(nostack)) };
}
