//! What the script did and what it read: a hash of it, and all of it in full.

use super::gic::{Address, CONTROL, Register};
use common::println;
use core::fmt;

/// Entries that are kept: more than 1,000 steps make.
const KEPT: usize = 32 << 10;

/// Where something was read or written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// In memory.
    Memory(Address),
    /// In the CPU interface of this CPU.
    Interface(usize, Register),
}

/// An access.
#[derive(Clone, Copy, Debug)]
struct Entry {
    step: u32,
    place: Place,
    is_write: bool,
    value: u64,
}

/// Too large for a stack.
type Kept = [Entry; KEPT];

static mut STORE: Kept = [Entry { step: 0, place: Place::Memory(CONTROL), is_write: false, value: 0 }; KEPT];

impl fmt::Display for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.is_write { "write" } else { "read" };
        match self.place {
            Place::Memory(address) => write!(out, "{verb} {address} {:x}", self.value),
            Place::Interface(cpu, register) => {
                write!(out, "{verb} cpu{cpu}.{} {:x}", register.name(), self.value)
            }
        }
    }
}

/// The journal of one seed after the other.
pub(super) struct Journal {
    hash: u64,
    reads: u64,
    acknowledged: u64,
    step: u32,
    kept: &'static mut Kept,
    count: usize,
}

impl Journal {
    /// An empty one.
    ///
    /// # Safety
    /// At most one may exist.
    pub(super) unsafe fn new() -> Self {
        let store = &raw mut STORE;
        // SAFETY: the caller's promise; nothing else names the store.
        let kept = unsafe { &mut *store };
        Self { hash: 0, reads: 0, acknowledged: 0, step: 0, kept, count: 0 }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        (self.hash, self.reads, self.acknowledged, self.step, self.count) = (0, 0, 0, 0, 0);
    }

    /// What is entered from now on belongs to this step.
    pub(super) fn begin(&mut self, step: u32) {
        self.step = step;
    }

    /// Something was written.
    pub(super) fn wrote(&mut self, place: Place, value: u64) {
        self.keep(Entry { step: self.step, place, is_write: true, value });
    }

    /// Something was read.
    pub(super) fn read(&mut self, place: Place, value: u64) {
        self.reads += 1;
        // One round of FNV-1a over a word, turned so that high bits reach the low ones.
        self.hash = (self.hash.rotate_left(29) ^ value).wrapping_mul(0x0000_0100_0000_01b3);
        self.keep(Entry { step: self.step, place, is_write: false, value });
    }

    /// An interrupt was acknowledged.
    pub(super) fn acknowledged(&mut self) {
        self.acknowledged += 1;
    }

    /// What all reads together hash to.
    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    /// How often something was read, and how many interrupts were acknowledged.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.reads, self.acknowledged)
    }

    /// Prints everything.
    pub(super) fn print(&self, seed: u64) {
        for entry in self.kept.iter().take(self.count) {
            println!("gic-script: seed={seed} step={} {entry}", entry.step);
        }
    }

    fn keep(&mut self, entry: Entry) {
        if let Some(slot) = self.kept.get_mut(self.count) {
            *slot = entry;
            self.count += 1;
        }
    }
}
