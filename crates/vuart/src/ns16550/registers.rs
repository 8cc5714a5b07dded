//! The register map (PC16550D data sheet, table "Summary of Registers") and the bits within.

/// Who may do what with a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read and write.
    ReadWrite,
    /// Writes go to another register of the same number, or nowhere.
    ReadOnly,
    /// Reads come from another register of the same number.
    WriteOnly,
}

/// When a register is at its number: LCR.DLAB tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bank {
    /// Always.
    Both,
    /// While DLAB is 0.
    Data,
    /// While DLAB is 1.
    Divisor,
}

macro_rules! register_table {
    ($($(#[$doc:meta])* $register:ident $number:literal $bank:ident $access:ident;)*) => {
        /// A register, 8 bits wide.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Register {
            $($(#[$doc])* $register,)*
        }

        /// Every register: register, number, bank, access.
        pub const TABLE: &[(Register, u32, Bank, Access)] =
            &[$((Register::$register, $number, Bank::$bank, Access::$access),)*];
    };
}

register_table! {
    /// THR: a byte to send.
    TransmitHolding         0 Data    WriteOnly;
    /// RBR: the next received byte.
    ReceiveBuffer           0 Data    ReadOnly;
    /// LSR, line status.
    LineStatus              5 Both    ReadOnly;
    /// IIR, interrupt identification.
    InterruptIdentification 2 Both    ReadOnly;
    /// IER, interrupt enable.
    InterruptEnable         1 Data    ReadWrite;
    /// FCR, FIFO control.
    FifoControl             2 Both    WriteOnly;
    /// LCR, line control.
    LineControl             3 Both    ReadWrite;
    /// MCR, modem control.
    ModemControl            4 Both    ReadWrite;
    /// MSR, modem status.
    ModemStatus             6 Both    ReadOnly;
    /// SCR, which does nothing.
    Scratch                 7 Both    ReadWrite;
    /// DLL, low byte of the baud rate's divisor.
    DivisorLow              0 Divisor ReadWrite;
    /// DLM, its high byte.
    DivisorHigh             1 Divisor ReadWrite;
}

/// Registers have numbers below this.
const NUMBERS: usize = 8;

/// The registers that one kind of access finds: by LCR.DLAB, then by number.
type Map = [[Option<Register>; NUMBERS]; 2];

const READABLE: Map = found_by(Access::WriteOnly);
const WRITABLE: Map = found_by(Access::ReadOnly);

/// The register that a read of `number` finds while LCR.DLAB is `divisor`.
pub fn readable(number: u32, divisor: bool) -> Option<Register> {
    *READABLE.get(usize::from(divisor))?.get(number as usize)?
}

/// The register that a write to `number` goes to while LCR.DLAB is `divisor`.
pub fn writable(number: u32, divisor: bool) -> Option<Register> {
    *WRITABLE.get(usize::from(divisor))?.get(number as usize)?
}

/// [`TABLE`] without the registers whose access is `unfit`, in the order in which every byte needs it.
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler alone"
)]
const fn found_by(unfit: Access) -> Map {
    let mut map = [[None; NUMBERS]; 2];
    let mut row = 0;
    while row < TABLE.len() {
        let (register, number, bank, access) = TABLE[row];
        if access as u8 != unfit as u8 {
            if !matches!(bank, Bank::Divisor) {
                map[0][number as usize] = Some(register);
            }
            if !matches!(bank, Bank::Data) {
                map[1][number as usize] = Some(register);
            }
        }
        row += 1;
    }
    map
}

/// Bits of IER.
pub mod interrupt_enable {
    /// ERBFI: bytes were received.
    pub const RECEIVED: u8 = 1 << 0;
    /// ETBEI: the transmitter has room.
    pub const TRANSMITTED: u8 = 1 << 1;
    /// ELSI: a byte was lost.
    pub const LINE_STATUS: u8 = 1 << 2;
    /// EDSSI: modem lines changed.
    pub const MODEM_STATUS: u8 = 1 << 3;
    /// All bits that exist. Drivers tell other chips by bits above.
    pub const ALL: u8 = 0xf;
}

/// Values and bits of IIR.
pub mod interrupt_identification {
    /// Modem lines changed; read MSR.
    pub const MODEM_STATUS: u8 = 0x0;
    /// No interrupt is pending.
    pub const NONE: u8 = 0x1;
    /// The transmitter is empty; write THR, or this very read clears it.
    pub const TRANSMITTED: u8 = 0x2;
    /// As many bytes wait as the trigger level says.
    pub const RECEIVED: u8 = 0x4;
    /// A byte was lost; read LSR.
    pub const LINE_STATUS: u8 = 0x6;
    /// Bytes wait below the trigger level and no more are coming.
    pub const RECEIVE_TIMEOUT: u8 = 0xc;
    /// Both bits tell of working FIFOs.
    pub const FIFOS: u8 = 0xc0;
}

/// Bits of FCR.
pub mod fifo_control {
    /// The FIFOs are 16 deep instead of 1. Without it, no other bit of the write counts.
    pub const ENABLE: u8 = 1 << 0;
    /// Drops what was received.
    pub const CLEAR_RECEIVE: u8 = 1 << 1;
    /// Drops what waits to be sent.
    pub const CLEAR_TRANSMIT: u8 = 1 << 2;
    /// Number of the lower of two bits that select the trigger level.
    pub const TRIGGER_SHIFT: u8 = 6;
}

/// Bits of LCR.
pub mod line_control {
    /// DLAB: registers 0 and 1 are the divisor.
    pub const DIVISOR: u8 = 1 << 7;
}

/// Bits of MCR.
pub mod modem_control {
    /// DTR, which is DSR in loopback.
    pub const DTR: u8 = 1 << 0;
    /// RTS, which is CTS in loopback.
    pub const RTS: u8 = 1 << 1;
    /// OUT1, which is RI in loopback.
    pub const OUT1: u8 = 1 << 2;
    /// OUT2, which is DCD in loopback.
    pub const OUT2: u8 = 1 << 3;
    /// What is sent is received.
    pub const LOOPBACK: u8 = 1 << 4;
    /// All bits that exist.
    pub const ALL: u8 = 0x1f;
}

/// Bits of LSR.
pub mod line_status {
    /// DR: a byte waits.
    pub const DATA_READY: u8 = 1 << 0;
    /// OE: a byte was lost.
    pub const OVERRUN: u8 = 1 << 1;
    /// THRE: nothing waits to be sent.
    pub const HOLDING_EMPTY: u8 = 1 << 5;
    /// TEMT: everything has been sent.
    pub const TRANSMITTER_EMPTY: u8 = 1 << 6;
}

/// Bits of MSR. The lower four tell which of the upper four changed since MSR was last read.
pub mod modem_status {
    /// The upper four.
    pub const LINES: u8 = 0xf0;
    /// Number of the lowest of the upper four.
    pub const LINES_SHIFT: u8 = 4;
    /// CTS: clear to send.
    pub const CTS: u8 = 1 << 4;
    /// DSR: data set ready.
    pub const DSR: u8 = 1 << 5;
    /// RI: ring. Its change is told when it ends.
    pub const RI: u8 = 1 << 6;
    /// DCD: carrier.
    pub const DCD: u8 = 1 << 7;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_register_is_found_in_its_bank_by_its_access() {
        for (register, number, bank, access) in TABLE {
            for divisor in [false, true] {
                let there = match bank {
                    Bank::Both => true,
                    Bank::Data => !divisor,
                    Bank::Divisor => divisor,
                };
                let read = there && *access != Access::WriteOnly;
                let write = there && *access != Access::ReadOnly;
                assert_eq!(readable(*number, divisor) == Some(*register), read, "{register:?}");
                assert_eq!(writable(*number, divisor) == Some(*register), write, "{register:?}");
            }
        }
    }

    #[test]
    fn numbers_above_7_are_no_register() {
        for number in [8, 0x10, 0x100, u32::MAX] {
            assert_eq!((readable(number, false), writable(number, true)), (None, None), "{number:#x}");
        }
    }
}
