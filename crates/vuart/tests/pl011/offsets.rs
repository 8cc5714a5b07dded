//! Offsets and bits of the registers, written down once more.

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
