//! Access to output sections.
//!
//! The rings reach shared memory through two traits, so that the crate needs no `unsafe` code and a concurrency checker
//! can take the memory's place. [`OwnWords`] and [`ForeignWords`] implement them over atomic words, one word at a time:
//! enough for tests and for small messages. Who wants the speed of memcpy maps the memory and implements them with a
//! copy of its own.
//!
//! # To implement them over mapped memory
//! - Another peer may write at any time. The compiler must not assume that two reads agree, or that what it has
//!   checked stays: copy by volatile accesses or by assembly, never through a reference to the bytes.
//! - `load` and `store` are single accesses of 32 bits, little-endian on every architecture that is supported.
//! - Methods are safe, so that they check what they are asked. The rings ask for nothing outside.

use core::sync::atomic::{AtomicU32, Ordering, fence};

/// An output section, readable.
///
/// What is asked beyond the end or, for words, not aligned to 4 bytes, reads zero.
pub trait Section {
    /// Its length in bytes.
    fn len(&self) -> usize;

    /// Whether it has no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads the word at `offset`, with acquire ordering.
    fn load(&self, offset: usize) -> u32;

    /// Copies the bytes from `offset` on into `into`, in no particular order. The rings ask for offsets that are
    /// multiples of 8.
    fn read(&self, offset: usize, into: &mut [u8]);

    /// Orders all accesses before it before all accesses after it, as `fence(SeqCst)` does.
    fn fence(&self) {
        fence(Ordering::SeqCst);
    }
}

/// The output section that this peer may write.
///
/// What is asked beyond the end or, for words, not aligned to 4 bytes, is ignored.
pub trait OwnSection: Section {
    /// Writes the word at `offset`, with release ordering.
    fn store(&self, offset: usize, value: u32);

    /// Copies `from` to the bytes from `offset` on, in no particular order. Bytes between its end and the next
    /// multiple of 8 may be changed too. The rings ask for offsets that are multiples of 8.
    fn write(&self, offset: usize, from: &[u8]);
}

impl<T: Section + ?Sized> Section for &T {
    fn len(&self) -> usize {
        (**self).len()
    }

    fn load(&self, offset: usize) -> u32 {
        (**self).load(offset)
    }

    fn read(&self, offset: usize, into: &mut [u8]) {
        (**self).read(offset, into);
    }

    fn fence(&self) {
        (**self).fence();
    }
}

impl<T: OwnSection + ?Sized> OwnSection for &T {
    fn store(&self, offset: usize, value: u32) {
        (**self).store(offset, value);
    }

    fn write(&self, offset: usize, from: &[u8]) {
        (**self).write(offset, from);
    }
}

/// Another peer's section over atomic words.
#[derive(Clone, Copy, Debug)]
pub struct ForeignWords<'a>(pub &'a [AtomicU32]);

/// This peer's own section over atomic words.
#[derive(Clone, Copy, Debug)]
pub struct OwnWords<'a>(pub &'a [AtomicU32]);

impl Section for ForeignWords<'_> {
    fn len(&self) -> usize {
        self.0.len().saturating_mul(4)
    }

    fn load(&self, offset: usize) -> u32 {
        word(self.0, offset).map_or(0, |word| word.load(Ordering::Acquire))
    }

    fn read(&self, offset: usize, into: &mut [u8]) {
        let words = self.0.get(offset / 4..).unwrap_or_default();
        let mut chunks = into.chunks_mut(4);
        for (chunk, word) in chunks.by_ref().zip(words) {
            for (to, from) in chunk.iter_mut().zip(word.load(Ordering::Relaxed).to_le_bytes()) {
                *to = from;
            }
        }
        chunks.for_each(|beyond| beyond.fill(0));
    }
}

impl Section for OwnWords<'_> {
    fn len(&self) -> usize {
        ForeignWords(self.0).len()
    }

    fn load(&self, offset: usize) -> u32 {
        ForeignWords(self.0).load(offset)
    }

    fn read(&self, offset: usize, into: &mut [u8]) {
        ForeignWords(self.0).read(offset, into);
    }
}

impl OwnSection for OwnWords<'_> {
    fn store(&self, offset: usize, value: u32) {
        if let Some(word) = word(self.0, offset) {
            word.store(value, Ordering::Release);
        }
    }

    fn write(&self, offset: usize, from: &[u8]) {
        let words = self.0.get(offset / 4..).unwrap_or_default();
        for (chunk, word) in from.chunks(4).zip(words) {
            let mut bytes = [0; 4];
            for (to, from) in bytes.iter_mut().zip(chunk) {
                *to = *from;
            }
            word.store(u32::from_le_bytes(bytes), Ordering::Relaxed);
        }
    }
}

/// The word at this offset in bytes, if it is aligned and there.
fn word(words: &[AtomicU32], offset: usize) -> Option<&AtomicU32> {
    if offset.is_multiple_of(4) { words.get(offset / 4) } else { None }
}
