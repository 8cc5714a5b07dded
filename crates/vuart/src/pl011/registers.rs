//! The register map (DDI 0183, 3.2) and the bits within (3.3).

/// Who may do what with a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read and write.
    ReadWrite,
    /// Writes are ignored.
    ReadOnly,
    /// Reads give 0.
    WriteOnly,
}

macro_rules! register_table {
    ($($(#[$doc:meta])* $register:ident $offset:literal $width:literal $access:ident;)*) => {
        /// A register of the block.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Register {
            $($(#[$doc])* $register,)*
            /// Identification, one byte each: PeriphID0 to 3, then PCellID0 to 3.
            Identification(u8),
        }

        /// Every register but the identification ones: register, offset in bytes, width in bits, access.
        pub const TABLE: &[(Register, u32, u32, Access)] =
            &[$((Register::$register, $offset, $width, Access::$access),)*];
    };
}

register_table! {
    /// UARTDR, data.
    Data                0x000 12 ReadWrite;
    /// UARTRSR when read: receive status; UARTECR when written: clears it.
    ReceiveStatus       0x004  8 ReadWrite;
    /// UARTFR, flags.
    Flags               0x018  9 ReadOnly;
    /// UARTILPR, IrDA low-power counter.
    LowPowerDivisor     0x020  8 ReadWrite;
    /// UARTIBRD, integer baud rate.
    IntegerBaud         0x024 16 ReadWrite;
    /// UARTFBRD, fractional baud rate.
    FractionalBaud      0x028  6 ReadWrite;
    /// UARTLCR_H, line control.
    LineControl         0x02c  8 ReadWrite;
    /// UARTCR, control.
    Control             0x030 16 ReadWrite;
    /// UARTIFLS, interrupt FIFO levels.
    FifoLevels          0x034  6 ReadWrite;
    /// UARTIMSC, interrupt mask: 1 lets the interrupt through.
    InterruptMask       0x038 11 ReadWrite;
    /// UARTRIS, raw interrupt status.
    RawInterrupts       0x03c 11 ReadOnly;
    /// UARTMIS, masked interrupt status.
    MaskedInterrupts    0x040 11 ReadOnly;
    /// UARTICR, interrupt clear.
    InterruptClear      0x044 11 WriteOnly;
    /// UARTDMACR, DMA control.
    DmaControl          0x048  3 ReadWrite;
}

/// Offset of UARTDR, for the path that every byte takes.
pub const DATA: u32 = 0x000;
/// Offset of UARTFR, which drivers poll around every byte.
pub const FLAGS: u32 = 0x018;
/// Offset of PeriphID0, the first of the eight identification registers.
const IDENTIFICATION: u32 = 0xfe0;

/// PeriphID0 to 3, then PCellID0 to 3: a PL011 of revision 1 (AMBA id 0x00141011), the last with FIFOs of 16
/// bytes. Drivers take the depth from the revision: 32 from revision 3 on.
pub const IDENTIFICATION_BYTES: [u8; 8] = [0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

/// The register at `offset` bytes and its access; `None` where there is none: between registers, and at every
/// offset that is not a multiple of 4.
pub fn decode(offset: u32) -> Option<(Register, Access)> {
    if let Some((register, _, _, access)) = TABLE.iter().find(|(_, at, _, _)| *at == offset) {
        return Some((*register, *access));
    }
    let index = offset.checked_sub(IDENTIFICATION)? / 4;
    if !offset.is_multiple_of(4) || index >= 8 {
        return None;
    }
    Some((Register::Identification(index as u8), Access::ReadOnly))
}

/// Bits of UARTDR above the byte.
pub mod data {
    /// OE: a byte was lost since the read before this one.
    pub const OVERRUN: u32 = 1 << 11;
}

/// Bits of UARTRSR.
pub mod receive_status {
    /// OE: a byte was lost.
    pub const OVERRUN: u32 = 1 << 3;
}

/// Bits of UARTFR.
pub mod flags {
    /// CTS: the modem is clear to send.
    pub const CTS: u32 = 1 << 0;
    /// DSR: the modem's data set is ready.
    pub const DSR: u32 = 1 << 1;
    /// DCD: the modem detects a carrier.
    pub const DCD: u32 = 1 << 2;
    /// BUSY: bytes are waiting to be sent.
    pub const BUSY: u32 = 1 << 3;
    /// RXFE: nothing to read.
    pub const RECEIVE_EMPTY: u32 = 1 << 4;
    /// TXFF: no room for a byte.
    pub const TRANSMIT_FULL: u32 = 1 << 5;
    /// RXFF: no room for a received byte.
    pub const RECEIVE_FULL: u32 = 1 << 6;
    /// TXFE: nothing waits to be sent.
    pub const TRANSMIT_EMPTY: u32 = 1 << 7;
    /// RI: the modem rings.
    pub const RI: u32 = 1 << 8;
}

/// Bits of UARTLCR_H.
pub mod line_control {
    /// FEN: the FIFOs are 16 deep instead of 1.
    pub const FIFOS: u8 = 1 << 4;
}

/// Bits of UARTCR.
pub mod control {
    /// LBE: what is sent is received.
    pub const LOOPBACK: u16 = 1 << 7;
    /// TXE, set at reset.
    pub const TRANSMIT: u16 = 1 << 8;
    /// RXE, set at reset: bytes are taken from the wire.
    pub const RECEIVE: u16 = 1 << 9;
    /// DTR, which is DSR in loopback.
    pub const DTR: u16 = 1 << 10;
    /// RTS, which is CTS in loopback.
    pub const RTS: u16 = 1 << 11;
    /// Out1, which is DCD in loopback.
    pub const OUT1: u16 = 1 << 12;
    /// Out2, which is RI in loopback.
    pub const OUT2: u16 = 1 << 13;
    /// All bits that exist: 3 to 6 are reserved.
    pub const ALL: u16 = 0xff87;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_registers_share_an_offset() {
        for (index, (_, offset, ..)) in TABLE.iter().enumerate() {
            assert!(TABLE[..index].iter().all(|(_, earlier, ..)| earlier != offset), "{offset:#x}");
        }
    }

    #[test]
    fn offsets_between_registers_are_no_register() {
        for offset in [1, 2, 3, 8, 0x1a, 0x1c, 0x4c, 0x80, 0xfdc, 0xfe1, 0x1000, u32::MAX] {
            assert_eq!(decode(offset), None, "{offset:#x}");
        }
    }
}
