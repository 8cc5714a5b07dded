//! The board's console: an 8250-compatible UART (NS16550A data sheet; device-tree binding `serial/8250`).

use addr::HypVirt;

use super::mmio;

/// Registers by number; the device tree says how many bytes one takes.
const DATA: u64 = 0;
const IER: u64 = 1;
const FCR: u64 = 2;
const LSR: u64 = 5;

const IER_RECEIVED: u8 = 1 << 0;
const IER_TRANSMIT_EMPTY: u8 = 1 << 1;
/// FIFOs on and cleared, interrupt at 8 of 16 bytes or after a pause.
const FCR_ON: u8 = 0b1000_0111;
const LSR_DATA_READY: u8 = 1 << 0;
const LSR_DAMAGED: u8 = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4;
const LSR_TRANSMIT_EMPTY: u8 = 1 << 5;

/// Bytes that an empty transmit FIFO takes.
const FIFO: u8 = 16;

/// How many damaged bytes in a row are skipped.
const DAMAGED: usize = 64;

/// The UART that `/chosen/stdout-path` names, with its speed as the boot loader set it up.
#[derive(Debug)]
pub struct Uart {
    base: HypVirt,
    /// Registers lie `1 << shift` bytes apart, and take accesses of `width` bytes.
    shift: u8,
    width: u8,
    interrupts: u8,
    /// Bytes that still fit behind those written since the FIFO was last seen empty.
    room: u8,
}

impl Uart {
    /// Takes the device over. Line settings stay as the boot loader left them.
    ///
    /// # Safety
    ///
    /// `base` must be the device's frame, mapped as device memory for ever, and driven by nobody else; the frame
    /// holds eight registers of this layout.
    pub unsafe fn new(base: HypVirt, kind: board::UartKind) -> Option<Self> {
        let board::UartKind::Ns16550 { reg_shift, reg_io_width, .. } = kind else { return None };
        let mut uart = Self { base, shift: reg_shift, width: reg_io_width, interrupts: 0, room: 0 };
        uart.write(IER, 0);
        uart.write(FCR, FCR_ON);
        Some(uart)
    }

    /// Lets received bytes interrupt.
    pub fn enable_receive_interrupt(&mut self) {
        self.interrupts |= IER_RECEIVED;
        self.write(IER, self.interrupts);
    }

    /// Lets the transmit FIFO interrupt when it is empty, or stops that.
    pub fn set_transmit_interrupt(&mut self, enabled: bool) {
        let interrupts = match enabled {
            true => self.interrupts | IER_TRANSMIT_EMPTY,
            false => self.interrupts & !IER_TRANSMIT_EMPTY,
        };
        if interrupts != self.interrupts {
            self.interrupts = interrupts;
            self.write(IER, interrupts);
        }
    }

    /// Sends the first bytes of these, and returns how many: fewer than there are when the FIFO may be full.
    pub fn send(&mut self, bytes: &[u8]) -> usize {
        let mut sent = 0;
        for byte in bytes {
            if self.room == 0 {
                if self.read(LSR) & LSR_TRANSMIT_EMPTY == 0 {
                    break;
                }
                self.room = FIFO;
            }
            self.room = self.room.saturating_sub(1);
            self.write(DATA, *byte);
            sent += 1;
        }
        sent
    }

    /// The next received byte. One that arrived damaged is dropped.
    pub fn receive(&mut self) -> Option<u8> {
        for _ in 0..DAMAGED {
            let status = self.read(LSR);
            if status & LSR_DATA_READY == 0 {
                return None;
            }
            let byte = self.read(DATA);
            if status & LSR_DAMAGED == 0 {
                return Some(byte);
            }
        }
        None
    }

    /// Takes notice of the interrupts that are raised: reading what was received and filling the FIFO does.
    pub fn acknowledge(&mut self) {}

    fn address(&self, register: u64) -> HypVirt {
        HypVirt::new(self.base.raw().wrapping_add(register << self.shift))
    }

    fn read(&self, register: u64) -> u8 {
        let address = self.address(register);
        match self.width {
            // SAFETY: a register of the device, which `new`'s caller vouched for.
            4 => (unsafe { mmio::read32(address) }) as u8,
            // SAFETY: as above.
            _ => unsafe { mmio::read8(address) },
        }
    }

    fn write(&mut self, register: u64, value: u8) {
        let address = self.address(register);
        match self.width {
            // SAFETY: a register of the device, which `new`'s caller vouched for.
            4 => unsafe { mmio::write32(address, u32::from(value)) },
            // SAFETY: as above.
            _ => unsafe { mmio::write8(address, value) },
        }
    }
}
