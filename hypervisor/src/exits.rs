//! How often each CPU's guest was left, and why: what the status on the console tells, and what measurements rest on.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

/// Why a guest was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A call to what the guest takes for its firmware.
    Call,
    /// A load or store to an emulated device.
    Access,
    /// An interrupt for the hypervisor, which may be one that it passes on.
    Interrupt,
    /// A trapped instruction or register.
    Trap,
    /// A load, store or fetch of what the zone does not have, answered with a fault.
    Refused,
}

/// The causes in the order of their counters, by the names that the status gives them.
const NAMES: [&str; 5] = ["calls", "accesses", "interrupts", "traps", "refused"];

/// Exits of one CPU's guest by cause. Only its own CPU counts; others may read.
#[derive(Debug, Default)]
pub struct Exits([AtomicU64; NAMES.len()]);

impl Exits {
    /// Counts an exit, on the CPU that this belongs to.
    #[inline(always)]
    pub fn count(&self, cause: Cause) {
        if let Some(counter) = self.0.get(cause as usize) {
            // One writer: no atomic addition is needed.
            counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        }
    }
}

impl fmt::Display for Exits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (counter, name) in self.0.iter().zip(NAMES) {
            write!(f, " {} {name}", counter.load(Ordering::Relaxed))?;
        }
        Ok(())
    }
}
