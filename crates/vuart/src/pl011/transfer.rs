//! Bytes on their way between the FIFOs and the wire.

use super::registers::control;
use super::{Vpl011, interrupts};
use crate::Wire;

impl Vpl011 {
    /// Moves what can be moved between the FIFOs and the wire. To be called when the wire has got room again or
    /// bytes have arrived.
    pub fn poll(&mut self, wire: &mut dyn Wire) {
        self.drain(wire);
        self.fill(wire);
    }

    /// A byte written to UARTDR. With no room it is lost, as on the hardware: TXFF said so.
    pub(crate) fn transmit(&mut self, byte: u8, wire: &mut dyn Wire) {
        if self.is_loopback() {
            self.arrive(byte);
        } else if self.transmit.is_empty() && wire.send(byte) {
            // The usual case: it has left at once.
        } else if self.transmit.len() < self.depth() {
            self.transmit.push(byte);
        }
        self.transmit_level_changed();
    }

    /// A byte for a read of UARTDR.
    pub(crate) fn take_received(&mut self, wire: &mut dyn Wire) -> Option<u8> {
        let byte = self.receive.pop()?;
        self.receive_level_changed();
        self.fill(wire);
        Some(byte)
    }

    /// Sends what had to wait.
    #[inline]
    pub(crate) fn drain(&mut self, wire: &mut dyn Wire) {
        if !self.transmit.is_empty() {
            self.send_waiting(wire);
        }
    }

    #[cold]
    fn send_waiting(&mut self, wire: &mut dyn Wire) {
        if self.transmit.send(wire) > 0 {
            self.transmit_level_changed();
        }
    }

    /// Takes received bytes while there is room; the rest stays with the wire, which loses nothing.
    fn fill(&mut self, wire: &mut dyn Wire) {
        if self.is_loopback() || self.control & control::RECEIVE == 0 {
            return;
        }
        // At most as many bytes as the FIFO holds.
        while self.receive.len() < self.depth() {
            let Some(byte) = wire.receive() else { return };
            self.arrive(byte);
        }
    }

    /// A byte comes in from the wire or the loopback.
    fn arrive(&mut self, byte: u8) {
        if self.receive.len() < self.depth() && self.receive.push(byte) {
            self.receive_level_changed();
        } else {
            self.lost = true;
            self.overrun = true;
            self.raised.raise(interrupts::OVERRUN);
        }
    }

    pub(crate) const fn is_loopback(&self) -> bool {
        self.control & control::LOOPBACK != 0
    }
}
