//! Output sections in mapped memory, which other zones read and write at any time.

use core::sync::atomic::{AtomicU32, Ordering};

use ivc::{OwnSection, Section};

use crate::linux::{Access, Error, File};

/// Bytes that are copied at once.
const WORD: usize = size_of::<u64>();

/// Another peer's section.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Foreign {
    /// The first byte, aligned to a page.
    start: *mut u8,
    length: usize,
}

/// This peer's own section.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own(Foreign);

impl Foreign {
    /// Maps a section of the channel's device for reading.
    pub(crate) fn map(device: &File, offset: u64, length: usize) -> Result<Self, Error> {
        Ok(Self { start: device.map(offset, length, Access::Read)?, length })
    }

    /// The word at `offset`, if it is aligned and there.
    fn word(&self, offset: usize) -> Option<&AtomicU32> {
        if !offset.is_multiple_of(4) || offset.checked_add(4)? > self.length {
            return None;
        }
        let word = self.start.wrapping_add(offset);
        // SAFETY: within the mapping, by the check; aligned, and mapped for as long as the program runs; all that is done to it is atomic.
        Some(unsafe { AtomicU32::from_ptr(word.cast()) })
    }

    /// The address of `length` bytes at `offset`, if they are there and `offset` is a multiple of 8.
    fn bytes(&self, offset: usize, length: usize) -> Option<*mut u8> {
        if !offset.is_multiple_of(WORD) || offset.checked_add(length)? > self.length {
            return None;
        }
        Some(self.start.wrapping_add(offset))
    }
}

impl Section for Foreign {
    fn len(&self) -> usize {
        self.length
    }

    fn load(&self, offset: usize) -> u32 {
        self.word(offset).map_or(0, |word| word.load(Ordering::Acquire))
    }

    fn read(&self, offset: usize, into: &mut [u8]) {
        let Some(start) = self.bytes(offset, into.len()) else {
            into.fill(0);
            return;
        };
        let from = start.cast::<u64>();
        // SAFETY: the section is a multiple of eight bytes and the range within it, so each word of it is too; it is
        // aligned. Volatile, for its writer may change it meanwhile.
        let word = |index| unsafe { from.wrapping_add(index).read_volatile() }.to_le_bytes();
        let (words, rest) = into.as_chunks_mut::<WORD>();
        for (index, to) in words.iter_mut().enumerate() {
            *to = word(index);
        }
        if !rest.is_empty() {
            rest.copy_from_slice(&word(words.len())[..rest.len()]);
        }
    }
}

impl Own {
    /// Maps this zone's own section of the channel's device.
    pub(crate) fn map(device: &File, offset: u64, length: usize) -> Result<Self, Error> {
        Ok(Self(Foreign { start: device.map(offset, length, Access::Write)?, length }))
    }
}

impl Section for Own {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn load(&self, offset: usize) -> u32 {
        self.0.load(offset)
    }

    fn read(&self, offset: usize, into: &mut [u8]) {
        self.0.read(offset, into);
    }
}

impl OwnSection for Own {
    fn store(&self, offset: usize, value: u32) {
        if let Some(word) = self.0.word(offset) {
            word.store(value, Ordering::Release);
        }
    }

    fn write(&self, offset: usize, from: &[u8]) {
        let Some(start) = self.0.bytes(offset, from.len()) else { return };
        let to = start.cast::<u64>();
        let put = |index, word| {
            // SAFETY: as in `read`; the mapping is writable.
            unsafe { to.wrapping_add(index).write_volatile(u64::from_le_bytes(word)) };
        };
        let (words, rest) = from.as_chunks::<WORD>();
        for (index, word) in words.iter().enumerate() {
            put(index, *word);
        }
        if !rest.is_empty() {
            let mut last = [0; WORD];
            last[..rest.len()].copy_from_slice(rest);
            put(words.len(), last);
        }
    }
}
