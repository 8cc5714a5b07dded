//! Numbers and bits of the registers, written down once more.

pub(crate) const RBR: u32 = 0;
pub(crate) const THR: u32 = 0;
pub(crate) const DLL: u32 = 0;
pub(crate) const IER: u32 = 1;
pub(crate) const DLM: u32 = 1;
pub(crate) const IIR: u32 = 2;
pub(crate) const FCR: u32 = 2;
pub(crate) const LCR: u32 = 3;
pub(crate) const MCR: u32 = 4;
pub(crate) const LSR: u32 = 5;
pub(crate) const MSR: u32 = 6;
pub(crate) const SCR: u32 = 7;

pub(crate) const DLAB: u32 = 0x80;
pub(crate) const LOOP: u32 = 0x10;
pub(crate) const FIFO_ENABLE: u32 = 1;
pub(crate) const FIFO_CLEAR_RECEIVE: u32 = 2;
pub(crate) const FIFO_CLEAR_TRANSMIT: u32 = 4;

pub(crate) const ENABLE_RECEIVED: u32 = 1;
pub(crate) const ENABLE_TRANSMITTED: u32 = 2;
pub(crate) const ENABLE_LINE_STATUS: u32 = 4;
pub(crate) const ENABLE_MODEM_STATUS: u32 = 8;

/// IIR without its FIFO bits.
pub(crate) const NO_INTERRUPT: u32 = 1;
pub(crate) const MODEM: u32 = 0;
pub(crate) const TRANSMITTED: u32 = 2;
pub(crate) const RECEIVED: u32 = 4;
pub(crate) const LINE: u32 = 6;
pub(crate) const TIMEOUT: u32 = 0xc;

pub(crate) const DATA_READY: u32 = 1;
pub(crate) const OVERRUN: u32 = 2;
pub(crate) const HOLDING_EMPTY: u32 = 0x20;
pub(crate) const BOTH_EMPTY: u32 = 0x60;
