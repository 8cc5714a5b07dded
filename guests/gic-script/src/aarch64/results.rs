//! What has become of the seeds. They are told once all are played: where interrupts are delivered without a hypervisor, its
//! own for the console would come between the script's, which are not signalled then.

use super::journal::Journal;
use common::println;

/// Seeds that are remembered before they are printed.
const MOST: usize = 4096;

#[derive(Clone, Copy)]
struct Result {
    seed: u64,
    hash: u64,
    reads: u64,
    acknowledged: u64,
}

static mut STORE: [Result; MOST] = [Result { seed: 0, hash: 0, reads: 0, acknowledged: 0 }; MOST];

/// Those that are not yet printed.
pub(super) struct Results {
    kept: &'static mut [Result; MOST],
    count: usize,
}

impl Results {
    /// None.
    ///
    /// # Safety
    /// At most one may exist.
    pub(super) unsafe fn new() -> Self {
        let store = &raw mut STORE;
        // SAFETY: the caller's promise; nothing else names the store.
        Self { kept: unsafe { &mut *store }, count: 0 }
    }

    /// A seed was played.
    pub(super) fn add(&mut self, seed: u64, journal: &Journal) {
        let (reads, acknowledged) = journal.counts();
        if self.count == MOST {
            self.print();
        }
        if let Some(slot) = self.kept.get_mut(self.count) {
            *slot = Result { seed, hash: journal.hash(), reads, acknowledged };
            self.count += 1;
        }
    }

    /// Prints them.
    pub(super) fn print(&mut self) {
        for Result { seed, hash, reads, acknowledged } in self.kept.iter().take(self.count) {
            println!("gic-script: seed={seed} hash={hash:016x} reads={reads} acknowledged={acknowledged}");
        }
        self.count = 0;
    }
}
