//! The interrupt: what is pending, by priority (PC16550D, table "Interrupt Control Functions").

use super::Vns16550;
use super::registers::{fifo_control, interrupt_enable as enable, interrupt_identification as id};
use crate::fifo::DEPTH;

impl Vns16550 {
    /// The level of INTR: some enabled interrupt is pending.
    pub fn line(&self) -> bool {
        self.pending() != id::NONE
    }

    /// Bits 3 to 0 of IIR.
    pub(crate) fn pending(&self) -> u8 {
        let enabled = |bit: u8| self.enabled & bit != 0;
        if enabled(enable::LINE_STATUS) && self.overrun {
            id::LINE_STATUS
        } else if enabled(enable::RECEIVED) && self.receive.len() >= self.receive_trigger() {
            id::RECEIVED
        } else if enabled(enable::RECEIVED) && !self.receive.is_empty() {
            id::RECEIVE_TIMEOUT
        } else if enabled(enable::TRANSMITTED) && self.emptied {
            id::TRANSMITTED
        } else if enabled(enable::MODEM_STATUS) && self.modem_status.changed() {
            id::MODEM_STATUS
        } else {
            id::NONE
        }
    }

    /// Bytes that each FIFO may hold: one while the FIFOs are disabled (the holding registers).
    pub(crate) const fn depth(&self) -> usize {
        if self.has_fifos() { DEPTH } else { 1 }
    }

    pub(crate) const fn has_fifos(&self) -> bool {
        self.fifo_control & fifo_control::ENABLE != 0
    }

    /// Received bytes that raise the interrupt at once.
    const fn receive_trigger(&self) -> usize {
        if !self.has_fifos() {
            return 1;
        }
        match self.fifo_control >> fifo_control::TRIGGER_SHIFT {
            0 => 1,
            1 => 4,
            2 => 8,
            _ => 14,
        }
    }
}
