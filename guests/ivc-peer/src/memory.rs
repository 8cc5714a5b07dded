//! Sections of the shared memory, for the rings of the crate `ivc`.

use core::sync::atomic::{AtomicU32, Ordering};

use ivc::{OwnSection, Section};

use crate::arch;

/// A section, or part of it. Another zone may write there at any time: nobody has a reference to its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Its first address, a multiple of 4 KiB.
    pub(crate) start: u64,
    /// Its length in bytes.
    pub(crate) len: usize,
}

impl Memory {
    /// A section without bytes.
    pub(crate) const EMPTY: Self = Self { start: 0, len: 0 };

    /// Where `len` bytes from `offset` on are, if all of them are there.
    fn at(&self, offset: usize, len: usize) -> Option<u64> {
        let end = offset.checked_add(len)?;
        (end <= self.len).then_some(self.start + offset as u64)
    }

    fn word(&self, offset: usize) -> Option<&AtomicU32> {
        let address = self.at(offset, 4).filter(|address| address.is_multiple_of(4))?;
        // SAFETY: inside a section of this zone's channel, mapped for ever, aligned; other peers use it as atomics too, or
        // break nothing but the value.
        Some(unsafe { &*(address as *const AtomicU32) })
    }
}

impl Section for Memory {
    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn load(&self, offset: usize) -> u32 {
        self.word(offset).map_or(0, |word| word.load(Ordering::Acquire))
    }

    #[inline]
    fn read(&self, offset: usize, into: &mut [u8]) {
        if let Some(from) = self.at(offset, into.len()) {
            // SAFETY: from inside a section to a slice that is exclusively borrowed.
            unsafe { arch::copy(into.as_mut_ptr() as u64, from, into.len()) };
        } else {
            into.fill(0);
        }
    }
}

impl OwnSection for Memory {
    #[inline]
    fn store(&self, offset: usize, value: u32) {
        if let Some(word) = self.word(offset) {
            word.store(value, Ordering::Release);
        }
    }

    #[inline]
    fn write(&self, offset: usize, from: &[u8]) {
        if let Some(to) = self.at(offset, from.len()) {
            // SAFETY: from a slice to inside a section, which holds no Rust object.
            unsafe { arch::copy(to, from.as_ptr() as u64, from.len()) };
        }
    }
}
