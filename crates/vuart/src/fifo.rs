//! The 16-byte FIFOs.

use crate::Wire;

/// Bytes that a FIFO holds (DDI 0183: 16 up to revision r1p4).
pub(crate) const DEPTH: usize = 16;

/// A queue of at most [`DEPTH`] bytes.
#[derive(Clone, Debug)]
pub(crate) struct Fifo {
    bytes: [u8; DEPTH],
    head: u8,
    len: u8,
}

impl Fifo {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; DEPTH], head: 0, len: 0 }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len as usize
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a byte; false where all places are taken.
    pub(crate) fn push(&mut self, byte: u8) -> bool {
        if self.len() >= DEPTH {
            return false;
        }
        let tail = usize::from(self.head.wrapping_add(self.len)) % DEPTH;
        if let Some(slot) = self.bytes.get_mut(tail) {
            *slot = byte;
            self.len = self.len.saturating_add(1);
        }
        true
    }

    /// The oldest byte.
    fn peek(&self) -> Option<u8> {
        if self.is_empty() { None } else { self.bytes.get(usize::from(self.head) % DEPTH).copied() }
    }

    /// Sends what `wire` takes, and tells how many bytes that were: at most as many as a FIFO holds.
    pub(crate) fn send(&mut self, wire: &mut dyn Wire) -> usize {
        let before = self.len();
        while let Some(byte) = self.peek() {
            if !wire.send(byte) {
                break;
            }
            self.pop();
        }
        before.saturating_sub(self.len())
    }

    /// Removes the oldest byte.
    pub(crate) fn pop(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.head = self.head.wrapping_add(1);
        self.len = self.len.saturating_sub(1);
        Some(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_order_across_many_wraps() {
        let mut fifo = Fifo::new();
        for byte in 0..=255u8 {
            assert!(fifo.push(byte) && fifo.push(!byte));
            assert_eq!((fifo.pop(), fifo.pop()), (Some(byte), Some(!byte)));
        }
        assert_eq!(fifo.pop(), None);
    }

    #[test]
    fn the_seventeenth_byte_is_refused() {
        let mut fifo = Fifo::new();
        assert!((0..16).all(|byte| fifo.push(byte)));
        assert!(!fifo.push(16));
        assert_eq!(fifo.pop(), Some(0));
    }
}
