//! Bytes on their way between the FIFOs and the wire.

use super::Vns16550;
use super::registers::{fifo_control, modem_control};
use crate::Wire;
use crate::fifo::Fifo;

impl Vns16550 {
    /// Moves what can be moved between the FIFOs and the wire. To be called when the wire has got room again or
    /// bytes have arrived.
    pub fn poll(&mut self, wire: &mut dyn Wire) {
        self.drain(wire);
        self.fill(wire);
    }

    /// A byte written to THR. With no room it is lost, as on the hardware: THRE said so.
    pub(crate) fn transmit(&mut self, byte: u8, wire: &mut dyn Wire) {
        if self.is_loopback() {
            self.arrive(byte);
        } else if self.transmit.is_empty() && wire.send(byte) {
            // The usual case: it has left at once.
        } else if self.transmit.len() < self.depth() {
            self.transmit.push(byte);
        }
        self.emptied = self.transmit.is_empty();
    }

    /// A byte for a read of RBR.
    pub(crate) fn take_received(&mut self, wire: &mut dyn Wire) -> Option<u8> {
        let byte = self.receive.pop()?;
        self.fill(wire);
        Some(byte)
    }

    /// A write to FCR.
    pub(crate) fn control_fifos(&mut self, value: u8) {
        let enable = value & fifo_control::ENABLE;
        // A change of depth drops what is in the FIFOs (PC16550D, "FIFO Control Register", bit 0).
        let resized = (enable ^ self.fifo_control) & fifo_control::ENABLE != 0;
        let clears = |bit: u8| resized || (enable != 0 && value & bit != 0);
        if clears(fifo_control::CLEAR_RECEIVE) {
            self.receive = Fifo::new();
        }
        if clears(fifo_control::CLEAR_TRANSMIT) && !self.transmit.is_empty() {
            self.transmit = Fifo::new();
            self.emptied = true;
        }
        self.fifo_control = value & (fifo_control::ENABLE | 3 << fifo_control::TRIGGER_SHIFT);
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
        self.transmit.send(wire);
        self.emptied |= self.transmit.is_empty();
    }

    /// Takes received bytes while there is room; the rest stays with the wire, which loses nothing.
    fn fill(&mut self, wire: &mut dyn Wire) {
        if self.is_loopback() {
            return;
        }
        // At most as many bytes as the FIFO holds.
        while self.receive.len() < self.depth() {
            let Some(byte) = wire.receive() else { return };
            self.arrive(byte);
        }
    }

    /// A byte comes in from the wire or the loopback. Without room one is lost: with FIFOs the byte itself, without
    /// them the one that it takes the place of (PC16550D, "Line Status Register", bit 1).
    fn arrive(&mut self, byte: u8) {
        if self.receive.len() >= self.depth() {
            self.overrun = true;
            if self.has_fifos() {
                return;
            }
            self.receive = Fifo::new();
        }
        self.receive.push(byte);
    }

    pub(crate) const fn is_loopback(&self) -> bool {
        self.modem_control & modem_control::LOOPBACK != 0
    }
}
