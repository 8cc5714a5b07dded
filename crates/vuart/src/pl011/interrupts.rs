//! The interrupts: what raises and clears each (DDI 0183, "Interrupts"), and the FIFO levels at which it does.

use super::Vpl011;
use super::registers::line_control;
use crate::fifo::DEPTH;

/// RXRIS: the receive FIFO holds as many bytes as its trigger level.
pub const RECEIVE: u16 = 1 << 4;
/// TXRIS: the transmit FIFO drained to its trigger level.
pub const TRANSMIT: u16 = 1 << 5;
/// RTRIS: bytes wait below the trigger level and no more are coming.
pub const RECEIVE_TIMEOUT: u16 = 1 << 6;
/// OERIS: a received byte was lost.
pub const OVERRUN: u16 = 1 << 10;
/// Every bit of UARTRIS, UARTMIS, UARTIMSC and UARTICR.
pub const ALL: u16 = 0x7ff;

/// UARTRIS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latches(u16);

impl Latches {
    /// Nothing raised.
    pub(crate) const fn new() -> Self {
        Self(0)
    }

    pub(crate) const fn bits(self) -> u16 {
        self.0
    }

    pub(crate) fn raise(&mut self, interrupts: u16) {
        self.0 |= interrupts;
    }

    pub(crate) fn clear(&mut self, interrupts: u16) {
        self.0 &= !interrupts;
    }

    pub(crate) fn set(&mut self, interrupt: u16, level: bool) {
        if level { self.raise(interrupt) } else { self.clear(interrupt) }
    }
}

impl Vpl011 {
    /// The level of the combined interrupt, UARTINTR: some raised interrupt is not masked.
    pub const fn line(&self) -> bool {
        self.masked() != 0
    }

    /// UARTMIS.
    pub(crate) const fn masked(&self) -> u16 {
        self.raised.bits() & self.mask
    }

    /// Bytes that each FIFO may hold: one while the FIFOs are disabled (the holding registers).
    pub(crate) const fn depth(&self) -> usize {
        if self.line_control & line_control::FIFOS != 0 { DEPTH } else { 1 }
    }

    /// A byte arrived, or one was read. Both raise afresh what a write to UARTICR had cleared, so that no guest
    /// waits for bytes that it already has.
    pub(crate) fn receive_level_changed(&mut self) {
        let waiting = self.receive.len();
        self.raised.set(RECEIVE, waiting >= self.receive_trigger());
        // Without FIFOs the receive interrupt itself tells of every byte.
        self.raised.set(RECEIVE_TIMEOUT, waiting > 0 && self.depth() > 1);
    }

    /// Bytes left for the wire, or were queued behind a full one.
    #[inline(always)]
    pub(crate) fn transmit_level_changed(&mut self) {
        self.raised.set(TRANSMIT, self.transmit.len() <= self.transmit_trigger());
    }

    /// Bytes in the receive FIFO that raise RXRIS: UARTIFLS bits 5 to 3.
    fn receive_trigger(&self) -> usize {
        if self.depth() == 1 { 1 } else { trigger(self.levels >> 3) }
    }

    /// Bytes in the transmit FIFO at or below which TXRIS is raised: UARTIFLS bits 2 to 0.
    fn transmit_trigger(&self) -> usize {
        if self.depth() == 1 { 0 } else { trigger(self.levels) }
    }
}

/// The level that three bits of UARTIFLS select: 1/8, 1/4, 1/2, 3/4 or 7/8 full. Reserved values are 7/8.
const fn trigger(select: u8) -> usize {
    match select & 7 {
        0 => 2,
        1 => 4,
        2 => 8,
        3 => 12,
        _ => 14,
    }
}
