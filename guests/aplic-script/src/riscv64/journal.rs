//! What the script did and what it read: a hash of all of it, and the last of it in full.

use common::println;
use core::fmt;

/// Entries that are kept: more than a batch has, and every word of the frame twice.
const KEPT: usize = 20 << 10;

/// Entries with their steps. Too large for a stack.
type Kept = [(u64, Entry); KEPT];

static mut STORE: Kept = [(0, Entry::Write { offset: 0, value: 0 }); KEPT];

/// Something that the script did or read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry {
    /// A register was written.
    Write {
        /// Its offset.
        offset: u32,
        /// What was written.
        value: u32,
    },
    /// A register was read.
    Read {
        /// Its offset.
        offset: u32,
        /// What it held.
        value: u32,
    },
    /// The wire of a source was driven.
    Wire {
        /// The source.
        source: u32,
        /// To this level.
        high: bool,
    },
    /// Messages arrived.
    Messages {
        /// At the file of this hart.
        hart: u32,
        /// Identities from 64 times this number on.
        word: u32,
        /// A bit for each.
        identities: u64,
    },
}

impl fmt::Display for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write { offset, value } => write!(out, "write {offset:04x} {value:08x}"),
            Self::Read { offset, value } => write!(out, "read {offset:04x} {value:08x}"),
            Self::Wire { source, high } => write!(out, "wire {source} {}", u8::from(*high)),
            Self::Messages { hart, word, identities } => {
                write!(out, "messages hart {hart} from {} {identities:016x}", word * 64)
            }
        }
    }
}

/// The journal of one seed.
pub(super) struct Journal {
    hash: u64,
    reads: u64,
    messages: u64,
    step: u64,
    kept: &'static mut Kept,
    count: usize,
}

impl Journal {
    /// An empty one.
    ///
    /// # Safety
    /// At most one may exist at a time.
    pub(super) unsafe fn new() -> Self {
        let store = &raw mut STORE;
        // SAFETY: the caller's promise; nothing else names the store.
        let kept = unsafe { &mut *store };
        Self { hash: 0, reads: 0, messages: 0, step: 0, kept, count: 0 }
    }

    /// What is entered from now on belongs to this step.
    pub(super) fn begin(&mut self, step: u64) {
        self.step = step;
    }

    /// Enters something.
    pub(super) fn enter(&mut self, entry: Entry) {
        match entry {
            Entry::Read { offset, value } => {
                self.reads += 1;
                self.mix(u64::from(offset) << 32 | u64::from(value));
            }
            Entry::Messages { identities, .. } => {
                self.messages += u64::from(identities.count_ones());
                self.mix(identities);
            }
            Entry::Write { .. } | Entry::Wire { .. } => {}
        }
        if let Some(slot) = self.kept.get_mut(self.count) {
            *slot = (self.step, entry);
            self.count += 1;
        }
    }

    /// What all reads together hash to.
    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    /// How many registers were read, and how many messages were seen.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.reads, self.messages)
    }

    /// Prints the entries since [`Journal::forget`].
    pub(super) fn print(&self, seed: u64) {
        for (step, entry) in self.kept.iter().take(self.count) {
            println!("aplic-script: seed={seed} step={step} {entry}");
        }
    }

    /// Drops the entries; the hash goes on.
    pub(super) fn forget(&mut self) {
        self.count = 0;
    }

    /// One round of FNV-1a over a word, turned so that high bits reach the low ones.
    fn mix(&mut self, word: u64) {
        self.hash = (self.hash.rotate_left(29) ^ word).wrapping_mul(0x0000_0100_0000_01b3);
    }
}
