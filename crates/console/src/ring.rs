//! A queue of bytes between two CPUs.

use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};

/// A queue of at most `N` bytes, a power of two, for one CPU that pushes and one that pops at a time.
///
/// Neither side waits for the other. Should two CPUs push (or pop) at once, bytes may be lost or doubled, and
/// nothing worse happens: have each side behind its own lock.
#[derive(Debug)]
pub struct Ring<const N: usize> {
    bytes: [AtomicU8; N],
    /// Bytes popped since the beginning, modulo 2³².
    head: AtomicU32,
    /// Bytes pushed since the beginning, modulo 2³².
    tail: AtomicU32,
}

impl<const N: usize> Default for Ring<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Ring<N> {
    /// An empty ring.
    pub const fn new() -> Self {
        const { assert!(N.is_power_of_two() && N <= 1 << 31, "a ring's size is a power of two") };
        Self { bytes: [const { AtomicU8::new(0) }; N], head: AtomicU32::new(0), tail: AtomicU32::new(0) }
    }

    /// Appends a byte; false where the ring is full and the byte was not taken.
    pub fn push(&self, byte: u8) -> bool {
        let tail = self.tail.load(Ordering::Relaxed);
        // Acquire: the slot is reused only after the other side has read it.
        if tail.wrapping_sub(self.head.load(Ordering::Acquire)) as usize >= N {
            return false;
        }
        if let Some(slot) = self.slot(tail) {
            slot.store(byte, Ordering::Relaxed);
        }
        // Release: the other side sees the byte before it sees the count.
        self.tail.store(tail.wrapping_add(1), Ordering::Release);
        true
    }

    /// Removes the oldest byte.
    pub fn pop(&self) -> Option<u8> {
        let head = self.head.load(Ordering::Relaxed);
        if self.tail.load(Ordering::Acquire) == head {
            return None;
        }
        let byte = self.slot(head)?.load(Ordering::Relaxed);
        self.head.store(head.wrapping_add(1), Ordering::Release);
        Some(byte)
    }

    /// Bytes in the ring. To the side that pushes it is an upper bound, to the side that pops a lower one.
    pub fn len(&self) -> usize {
        let head = self.head.load(Ordering::Acquire);
        (self.tail.load(Ordering::Acquire).wrapping_sub(head) as usize).min(N)
    }

    /// Whether there is nothing to pop.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that can be pushed.
    pub fn free(&self) -> usize {
        N.saturating_sub(self.len())
    }

    fn slot(&self, count: u32) -> Option<&AtomicU8> {
        // N is a power of two, so that positions go on without a jump where the count wraps.
        self.bytes.get(count as usize & N.wrapping_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_ring_refuses_and_an_empty_one_has_nothing() {
        let ring = Ring::<4>::new();
        assert_eq!(ring.pop(), None);
        assert!((0..4).all(|byte| ring.push(byte)));
        assert!(!ring.push(4));
        assert_eq!((ring.len(), ring.free()), (4, 0));
        assert_eq!(ring.pop(), Some(0));
        assert!(ring.push(4));
        assert_eq!((1..5).map(|_| ring.pop().unwrap()).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }

    #[test]
    fn counts_go_on_across_their_wrap() {
        let ring = Ring::<4>::new();
        ring.head.store(u32::MAX - 1, Ordering::Relaxed);
        ring.tail.store(u32::MAX - 1, Ordering::Relaxed);
        assert!((0..4).all(|byte| ring.push(byte)));
        assert!(!ring.push(9));
        assert_eq!((0..4).map(|_| ring.pop().unwrap()).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert!(ring.is_empty());
    }
}
