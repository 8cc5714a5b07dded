//! Arm's PL011 (DDI 0183).
//!
//! Where the model is kinder than the hardware, a guest's words are why: bytes are sent even while the UART is
//! disabled (early consoles never enable it), and switching the FIFOs off loses nothing that is in them.

mod access;
pub mod interrupts;
pub mod registers;
mod transfer;

use crate::fifo::Fifo;
use interrupts::Latches;

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
