//! Reads and writes of the registers.

use super::Vpl011;
use super::interrupts::{self, Latches};
use super::registers::{self, Access, Register, control, data, flags, receive_status};
use crate::Wire;
use crate::fifo::Fifo;

impl Default for Vpl011 {
    fn default() -> Self {
        Self::new()
    }
}

impl Vpl011 {
    /// A PL011 after reset (DDI 0183, 3.2: reset values).
    pub const fn new() -> Self {
        Self {
            transmit: Fifo::new(),
            receive: Fifo::new(),
            lost: false,
            overrun: false,
            raised: Latches::new(),
            mask: 0,
            line_control: 0,
            control: control::TRANSMIT | control::RECEIVE,
            levels: 0x12,
            integer_baud: 0,
            fractional_baud: 0,
            low_power_divisor: 0,
            dma_control: 0,
        }
    }

    /// A load from `offset` bytes into the block. The value is that of the whole register: a narrower load takes
    /// its low bytes, a wider one finds 0 above. Offsets without a register, those within one included, read 0.
    pub fn read(&mut self, offset: u32, wire: &mut dyn Wire) -> u32 {
        self.drain(wire);
        if offset == registers::FLAGS {
            return self.flags();
        }
        match registers::decode(offset) {
            Some((register, Access::ReadWrite | Access::ReadOnly)) => self.read_register(register, wire),
            Some((_, Access::WriteOnly)) | None => 0,
        }
    }

    /// A store of `value` to `offset` bytes into the block; a narrower store is extended by zeroes. Offsets
    /// without a register, those within one included, ignore it.
    pub fn write(&mut self, offset: u32, value: u32, wire: &mut dyn Wire) {
        self.drain(wire);
        if offset == registers::DATA {
            return self.transmit(value as u8, wire);
        }
        match registers::decode(offset) {
            Some((register, Access::ReadWrite | Access::WriteOnly)) => self.write_register(register, value),
            Some((_, Access::ReadOnly)) | None => {}
        }
        // What was written may let bytes flow.
        self.poll(wire);
    }

    fn read_register(&mut self, register: Register, wire: &mut dyn Wire) -> u32 {
        match register {
            Register::Data => self.read_data(wire),
            Register::ReceiveStatus if self.overrun => receive_status::OVERRUN,
            Register::ReceiveStatus => 0,
            Register::Flags => self.flags(),
            Register::LowPowerDivisor => self.low_power_divisor.into(),
            Register::IntegerBaud => self.integer_baud.into(),
            Register::FractionalBaud => self.fractional_baud.into(),
            Register::LineControl => self.line_control.into(),
            Register::Control => self.control.into(),
            Register::FifoLevels => self.levels.into(),
            Register::InterruptMask => self.mask.into(),
            Register::RawInterrupts => self.raised.bits().into(),
            Register::MaskedInterrupts => self.masked().into(),
            Register::InterruptClear => 0,
            Register::DmaControl => self.dma_control.into(),
            Register::Identification(index) => {
                registers::IDENTIFICATION_BYTES.get(usize::from(index)).copied().unwrap_or(0).into()
            }
        }
    }

    fn write_register(&mut self, register: Register, value: u32) {
        match register {
            Register::ReceiveStatus => self.overrun = false,
            Register::LowPowerDivisor => self.low_power_divisor = value as u8,
            Register::IntegerBaud => self.integer_baud = value as u16,
            Register::FractionalBaud => self.fractional_baud = value as u8 & 0x3f,
            Register::LineControl => self.line_control = value as u8,
            Register::Control => self.control = value as u16 & control::ALL,
            Register::FifoLevels => self.levels = value as u8 & 0x3f,
            Register::InterruptMask => self.mask = value as u16 & interrupts::ALL,
            Register::InterruptClear => self.raised.clear(value as u16),
            Register::DmaControl => self.dma_control = value as u8 & 7,
            // UARTDR is dealt with before; the others are read-only.
            Register::Data
            | Register::Flags
            | Register::RawInterrupts
            | Register::MaskedInterrupts
            | Register::Identification(_) => {}
        }
    }

    /// UARTDR. Reading an empty FIFO gives 0.
    fn read_data(&mut self, wire: &mut dyn Wire) -> u32 {
        let Some(byte) = self.take_received(wire) else { return 0 };
        let lost = if core::mem::take(&mut self.lost) { data::OVERRUN } else { 0 };
        u32::from(byte) | lost
    }

    /// UARTFR.
    #[inline(always)]
    fn flags(&self) -> u32 {
        let depth = self.depth();
        let mut value = 0;
        if self.transmit.is_empty() {
            value |= flags::TRANSMIT_EMPTY;
        } else {
            value |= flags::BUSY;
        }
        if self.transmit.len() >= depth {
            value |= flags::TRANSMIT_FULL;
        }
        if self.receive.is_empty() {
            value |= flags::RECEIVE_EMPTY;
        }
        if self.receive.len() >= depth {
            value |= flags::RECEIVE_FULL;
        }
        if self.is_loopback() { value | self.modem_loopback() } else { value }
    }

    /// The modem inputs in loopback: the modem outputs. Without it no modem is connected.
    fn modem_loopback(&self) -> u32 {
        [
            (control::RTS, flags::CTS),
            (control::DTR, flags::DSR),
            (control::OUT1, flags::DCD),
            (control::OUT2, flags::RI),
        ]
        .into_iter()
        .filter(|(output, _)| self.control & output != 0)
        .fold(0, |value, (_, input)| value | input)
    }
}
