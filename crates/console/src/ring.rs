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

    /// Removes the oldest bytes as long as they are visible ASCII or spaces and `target` has room, and returns how
    /// many there were.
    pub(crate) fn pop_printable(&self, target: &mut [u8]) -> usize {
        let head = self.head.load(Ordering::Relaxed);
        let there = self.tail.load(Ordering::Acquire).wrapping_sub(head);
        let mut count = 0u32;
        for slot in target.iter_mut().take(there as usize) {
            let byte = self.slot(head.wrapping_add(count)).map_or(0, |byte| byte.load(Ordering::Relaxed));
            if !is_printable(byte) {
                break;
            }
            *slot = byte;
            count = count.wrapping_add(1);
        }
        self.head.store(head.wrapping_add(count), Ordering::Release);
        count as usize
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

/// Whether a byte stands for itself on any terminal: visible ASCII or a space.
pub(crate) const fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
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
    fn printable_bytes_leave_together_up_to_one_that_is_not_or_to_the_room() {
        let ring = Ring::<8>::new();
        b"ab c\nde".iter().for_each(|byte| assert!(ring.push(*byte)));
        let mut target = [0; 8];
        assert_eq!(ring.pop_printable(&mut target[..2]), 2);
        assert_eq!(ring.pop_printable(&mut target[2..]), 2);
        assert_eq!(&target[..4], b"ab c");
        assert_eq!(ring.pop_printable(&mut target), 0);
        assert_eq!(ring.pop(), Some(b'\n'));
        assert_eq!(ring.pop_printable(&mut target), 2);
        assert!(ring.is_empty());
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
