//! A wire with a limited outgoing buffer, and the offsets of the registers.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::VecDeque;

use vpl011::Wire;

pub(crate) const DR: u32 = 0x00;
pub(crate) const RSR: u32 = 0x04;
pub(crate) const FR: u32 = 0x18;
pub(crate) const IBRD: u32 = 0x24;
pub(crate) const FBRD: u32 = 0x28;
pub(crate) const LCR_H: u32 = 0x2c;
pub(crate) const CR: u32 = 0x30;
pub(crate) const IFLS: u32 = 0x34;
pub(crate) const IMSC: u32 = 0x38;
pub(crate) const RIS: u32 = 0x3c;
pub(crate) const MIS: u32 = 0x40;
pub(crate) const ICR: u32 = 0x44;

pub(crate) const FR_BUSY: u32 = 1 << 3;
pub(crate) const FR_RXFE: u32 = 1 << 4;
pub(crate) const FR_TXFF: u32 = 1 << 5;
pub(crate) const FR_RXFF: u32 = 1 << 6;
pub(crate) const FR_TXFE: u32 = 1 << 7;

pub(crate) const RXI: u32 = 1 << 4;
pub(crate) const TXI: u32 = 1 << 5;
pub(crate) const RTI: u32 = 1 << 6;
pub(crate) const OEI: u32 = 1 << 10;

pub(crate) const FIFOS: u32 = 1 << 4;

/// The outside world.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestWire {
    /// Bytes that the wire still takes.
    pub(crate) room: usize,
    /// Bytes that it took.
    pub(crate) sent: Vec<u8>,
    /// Bytes for the guest.
    pub(crate) incoming: VecDeque<u8>,
}

impl TestWire {
    /// A wire that takes everything.
    pub(crate) fn open() -> Self {
        Self { room: usize::MAX, ..Self::default() }
    }

    /// A wire that takes `room` bytes.
    pub(crate) fn with_room(room: usize) -> Self {
        Self { room, ..Self::default() }
    }

    /// A wire on which `bytes` arrive.
    pub(crate) fn receiving(bytes: impl IntoIterator<Item = u8>) -> Self {
        Self { incoming: bytes.into_iter().collect(), ..Self::open() }
    }
}

impl Wire for TestWire {
    fn send(&mut self, byte: u8) -> bool {
        if self.room == 0 {
            return false;
        }
        self.room -= 1;
        self.sent.push(byte);
        true
    }

    fn receive(&mut self) -> Option<u8> {
        self.incoming.pop_front()
    }
}
