//! Reads and writes of the registers.

use super::Vns16550;
use super::modem::ModemStatus;
use super::registers::{
    self, Register, interrupt_enable, interrupt_identification, line_control, line_status, modem_control,
};
use crate::Wire;
use crate::fifo::Fifo;

impl Default for Vns16550 {
    fn default() -> Self {
        Self::new()
    }
}

impl Vns16550 {
    /// An NS16550A after reset (PC16550D, table "UART Reset Configuration").
    pub const fn new() -> Self {
        Self {
            transmit: Fifo::new(),
            receive: Fifo::new(),
            overrun: false,
            emptied: false,
            enabled: 0,
            fifo_control: 0,
            line_control: 0,
            modem_control: 0,
            modem_status: ModemStatus::new(),
            scratch: 0,
            divisor: [0; 2],
        }
    }

    /// A load of register `number`. The value is a byte; a wider load finds 0 above. Numbers without a register
    /// read 0.
    // Compiled here for speed, and not into its caller for size.
    #[inline(never)]
    pub fn read(&mut self, number: u32, wire: &mut dyn Wire) -> u32 {
        self.drain(wire);
        let Some(register) = registers::readable(number, self.shows_divisor()) else { return 0 };
        let value = match register {
            // Reading an empty FIFO gives 0.
            Register::ReceiveBuffer => self.take_received(wire).unwrap_or(0),
            Register::LineStatus => self.read_line_status(),
            Register::InterruptIdentification => self.identify_interrupt(),
            Register::InterruptEnable => self.enabled,
            Register::LineControl => self.line_control,
            Register::ModemControl => self.modem_control,
            Register::ModemStatus => self.modem_status.read(),
            Register::Scratch => self.scratch,
            Register::DivisorLow => self.divisor[0],
            Register::DivisorHigh => self.divisor[1],
            // Not readable.
            Register::TransmitHolding | Register::FifoControl => 0,
        };
        value.into()
    }

    /// A store to register `number`, of which the low byte counts. Numbers without a register ignore it.
    // Compiled here for speed, and not into its caller for size.
    #[inline(never)]
    pub fn write(&mut self, number: u32, value: u32, wire: &mut dyn Wire) {
        self.drain(wire);
        let value = value as u8;
        let Some(register) = registers::writable(number, self.shows_divisor()) else { return };
        match register {
            Register::TransmitHolding => return self.transmit(value, wire),
            Register::InterruptEnable => self.enable_interrupts(value & interrupt_enable::ALL),
            Register::FifoControl => self.control_fifos(value),
            Register::LineControl => self.line_control = value,
            Register::ModemControl => {
                self.modem_control = value & modem_control::ALL;
                self.modem_status.follow(self.modem_control);
            }
            Register::Scratch => self.scratch = value,
            Register::DivisorLow => self.divisor[0] = value,
            Register::DivisorHigh => self.divisor[1] = value,
            // Not writable.
            Register::ReceiveBuffer
            | Register::LineStatus
            | Register::InterruptIdentification
            | Register::ModemStatus => {}
        }
        // What was written may let bytes flow.
        self.poll(wire);
    }

    const fn shows_divisor(&self) -> bool {
        self.line_control & line_control::DIVISOR != 0
    }

    /// LSR. An overrun is told once.
    fn read_line_status(&mut self) -> u8 {
        let mut value = 0;
        if !self.receive.is_empty() {
            value |= line_status::DATA_READY;
        }
        if core::mem::take(&mut self.overrun) {
            value |= line_status::OVERRUN;
        }
        if self.transmit.is_empty() {
            value |= line_status::HOLDING_EMPTY | line_status::TRANSMITTER_EMPTY;
        }
        value
    }

    /// IIR. That the transmitter became empty is told once.
    fn identify_interrupt(&mut self) -> u8 {
        let pending = self.pending();
        if pending == interrupt_identification::TRANSMITTED {
            self.emptied = false;
        }
        if self.has_fifos() { pending | interrupt_identification::FIFOS } else { pending }
    }

    /// IER. Enabling the transmitter's interrupt tells afresh of an empty transmitter: drivers start to send by it.
    fn enable_interrupts(&mut self, enabled: u8) {
        if enabled & !self.enabled & interrupt_enable::TRANSMITTED != 0 {
            self.emptied = self.transmit.is_empty();
        }
        self.enabled = enabled;
    }
}
