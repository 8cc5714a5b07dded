//! Guests that do nothing but fault.

use core::sync::atomic::{AtomicU32, Ordering};

/// Tells when a guest's handler only runs into the fault that it was entered for, as one does whose stack is not the
/// guest's memory. Each of these faults leads back to the handler and so to itself: nothing inside the guest ends that.
///
/// For one vCPU. Only its own CPU notes faults.
#[derive(Debug, Default)]
pub struct FaultLoop(AtomicU32);

impl FaultLoop {
    /// So many faults in a row are taken for a loop. A guest may deliberately repeat one for a while, for it may have
    /// its own way out; here it has had a second or so.
    pub const LIMIT: u32 = 1 << 16;

    /// Takes note of a fault. `again` says that it was of supervisor level, at the same instruction as the exception
    /// that the guest took last. True where it is a loop.
    pub fn note(&self, again: bool) -> bool {
        let count = if again { self.0.load(Ordering::Relaxed).saturating_add(1) } else { 0 };
        self.0.store(count, Ordering::Relaxed);
        count >= Self::LIMIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_that_only_repeats_is_a_loop() {
        let faults = FaultLoop::default();
        faults.note(false);
        assert!(!(1..FaultLoop::LIMIT).any(|_| faults.note(true)));
        assert!(faults.note(true));
    }

    #[test]
    fn any_other_fault_ends_a_loop() {
        let faults = FaultLoop::default();
        for _ in 0..3 {
            assert!(!(1..FaultLoop::LIMIT).any(|_| faults.note(true)));
            assert!(!faults.note(false));
        }
    }
}
