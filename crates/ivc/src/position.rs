//! Positions in a ring.
//!
//! A position counts bytes over two laps and begins anew: so a full ring differs from an empty one, and the capacity
//! need not be a power of two.

use crate::format::GRANULE;

/// The arithmetic of positions in a ring of a capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ring {
    capacity: u32,
}

impl Ring {
    /// For a capacity that is a multiple of [`GRANULE`], and at most 2^30.
    pub(crate) const fn new(capacity: u32) -> Self {
        Self { capacity }
    }

    pub(crate) const fn capacity(self) -> u32 {
        self.capacity
    }

    /// The position that another peer's word says, if it is one.
    pub(crate) const fn accept(self, word: u32) -> Option<u32> {
        if word < self.two_laps() && word.is_multiple_of(GRANULE) { Some(word) } else { None }
    }

    /// The position `bytes` after `from`, where `bytes` is at most the capacity.
    pub(crate) const fn advance(self, from: u32, bytes: u32) -> u32 {
        let to = from.wrapping_add(bytes);
        if to >= self.two_laps() { to.wrapping_sub(self.two_laps()) } else { to }
    }

    /// How many bytes `to` is after `from`: less than two laps.
    pub(crate) const fn distance(self, from: u32, to: u32) -> u32 {
        let bytes = to.wrapping_sub(from);
        if to >= from { bytes } else { bytes.wrapping_add(self.two_laps()) }
    }

    /// How many bytes lie between the positions of the receiver and of the sender, if the ring holds as many.
    pub(crate) const fn filled(self, head: u32, tail: u32) -> Option<u32> {
        let bytes = self.distance(head, tail);
        if bytes <= self.capacity { Some(bytes) } else { None }
    }

    /// Where in the data a position lies.
    pub(crate) const fn offset(self, position: u32) -> u32 {
        if position >= self.capacity { position.wrapping_sub(self.capacity) } else { position }
    }

    /// What a message of `len` bytes takes, its header with it; none if no ring of this capacity holds it.
    pub(crate) fn record(self, len: usize) -> Option<u32> {
        let record = u32::try_from(len).ok()?.checked_next_multiple_of(GRANULE)?.checked_add(GRANULE)?;
        (record <= self.capacity).then_some(record)
    }

    /// Whether a step from `old` to `new` leaves `mark` behind.
    pub(crate) const fn passes(self, old: u32, new: u32, mark: u32) -> bool {
        self.distance(old, mark) < self.distance(old, new)
    }

    const fn two_laps(self) -> u32 {
        self.capacity.wrapping_mul(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RING: Ring = Ring::new(64);

    #[test]
    fn a_full_ring_differs_from_an_empty_one() {
        assert_eq!(RING.filled(8, 8), Some(0));
        assert_eq!(RING.filled(8, RING.advance(8, 64)), Some(64));
    }

    #[test]
    fn more_than_the_ring_holds_is_refused() {
        assert_eq!(RING.filled(8, 0), None);
        assert_eq!(RING.filled(0, 72), None);
    }

    #[test]
    fn positions_begin_anew_after_two_laps() {
        assert_eq!(RING.advance(120, 16), 8);
        assert_eq!(RING.distance(120, 8), 16);
        assert_eq!(RING.offset(120), 56);
    }

    #[test]
    fn words_that_are_no_positions_are_refused() {
        assert_eq!(RING.accept(120), Some(120));
        assert_eq!(RING.accept(128), None);
        assert_eq!(RING.accept(4), None);
    }

    #[test]
    fn a_message_takes_its_header_and_whole_granules() {
        assert_eq!(RING.record(0), Some(8));
        assert_eq!(RING.record(1), Some(16));
        assert_eq!(RING.record(56), Some(64));
        assert_eq!(RING.record(57), None);
        assert_eq!(RING.record(usize::MAX), None);
    }

    #[test]
    fn a_step_passes_the_marks_that_it_leaves_behind() {
        assert!(RING.passes(120, 8, 120));
        assert!(RING.passes(120, 8, 0));
        assert!(!RING.passes(120, 8, 8));
        assert!(!RING.passes(120, 120, 120));
    }
}
