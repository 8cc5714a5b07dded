//! The supervisor timer of Sstc.

use crate::Options;
use core::arch::asm;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The timer's interrupt.
pub const INTERRUPT: u32 = 5;

/// What the device tree says. The number before counts nothing, but divides.
static FREQUENCY: AtomicU64 = AtomicU64::new(1);

/// Remembers how fast `time` counts.
pub(crate) fn configure(options: &Options<'_>) {
    if let Some(timebase) = options.timebase {
        FREQUENCY.store(u64::from(timebase), Relaxed);
    }
}

/// Counts per second.
pub fn frequency() -> u64 {
    FREQUENCY.load(Relaxed)
}

/// The time CSR.
pub fn now() -> u64 {
    let value;
    // SAFETY: reads a register without side effect.
    unsafe { asm!("csrr {}, time", out(reg) value, options(nostack, preserves_flags)) };
    value
}

/// Raises the interrupt once the count reaches `deadline` (stimecmp).
pub fn set(deadline: u64) {
    // SAFETY: programs this vCPU's own timer.
    unsafe { asm!("csrw 0x14d, {}", in(reg) deadline, options(nostack)) };
}

/// Takes the interrupt away.
pub fn stop() {
    set(u64::MAX);
}

/// Waits until an interrupt is pending.
pub fn wait_for_interrupt() {
    // SAFETY: waits only.
    unsafe { asm!("wfi", options(nostack)) };
}
