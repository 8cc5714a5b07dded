//! The UART that a guest sees: a model of Arm's PL011 (DDI 0183) with its 16-byte FIFOs, interrupts and
//! loopback, on top of a byte channel, the [`Wire`].
//!
//! The model is a state machine without hardware or clock. A byte takes no time on the wire: it leaves when the
//! wire takes it, and a receive timeout has always elapsed. Baud rate, parity and modem lines are storage.
//!
//! Where it is kinder than the hardware, a guest's words are why: bytes are sent even while the UART is
//! disabled (early consoles never enable it), and switching the FIFOs off loses nothing that is in them.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod access;
mod fifo;
pub mod interrupts;
pub mod registers;
mod transfer;

use fifo::Fifo;
use interrupts::Latches;

/// The bytes' way to and from the outside world.
pub trait Wire {
    /// Takes a byte to send. False: there is no room, and the byte was not taken.
    fn send(&mut self, byte: u8) -> bool;
    /// Hands over the next received byte, if there is one.
    fn receive(&mut self) -> Option<u8>;
}

/// One PL011.
///
/// After any [`read`](Self::read), [`write`](Self::write) or [`poll`](Self::poll), [`line`](Self::line) tells
/// the level of its interrupt.
#[derive(Clone, Debug)]
pub struct Vpl011 {
    /// Bytes that the wire had no room for.
    transmit: Fifo,
    /// Bytes that the guest has not read.
    receive: Fifo,
    /// A received byte was lost since the guest last read one.
    lost: bool,
    /// UARTRSR.OE.
    overrun: bool,
    /// UARTRIS, without the modem lines, which never change.
    raised: Latches,
    /// UARTIMSC.
    mask: u16,
    /// UARTLCR_H.
    line_control: u8,
    /// UARTCR.
    control: u16,
    /// UARTIFLS.
    levels: u8,
    /// UARTIBRD, stored.
    integer_baud: u16,
    /// UARTFBRD, stored.
    fractional_baud: u8,
    /// UARTILPR, stored.
    low_power_divisor: u8,
    /// UARTDMACR, stored: there is no DMA controller to signal.
    dma_control: u8,
}
