//! The NS16550A (National Semiconductor, PC16550D data sheet), with registers of one byte each.
//!
//! Parity, framing errors and breaks do not occur. Outside of loopback the modem lines stand as with a terminal that
//! is always connected: DCD, DSR and CTS are on, so that no guest waits for a carrier. OUT2 gates nothing: that is
//! the wiring of a PC, not of the chip.

mod access;
mod interrupts;
mod modem;
pub mod registers;
mod transfer;

use crate::fifo::Fifo;
use modem::ModemStatus;

/// One NS16550A.
///
/// After any [`read`](Self::read), [`write`](Self::write) or [`poll`](Self::poll), [`line`](Self::line) tells
/// the level of its interrupt.
#[derive(Clone, Debug)]
pub struct Vns16550 {
    /// Bytes that the wire had no room for.
    transmit: Fifo,
    /// Bytes that the guest has not read.
    receive: Fifo,
    /// LSR.OE.
    overrun: bool,
    /// The transmitter became empty, and the guest was not told yet: pending, where IER lets it.
    emptied: bool,
    /// IER.
    enabled: u8,
    /// Bits of FCR that stay: 0 and the trigger level.
    fifo_control: u8,
    /// LCR.
    line_control: u8,
    /// MCR.
    modem_control: u8,
    /// MSR.
    modem_status: ModemStatus,
    /// SCR.
    scratch: u8,
    /// DLL and DLM, stored.
    divisor: [u8; 2],
}
