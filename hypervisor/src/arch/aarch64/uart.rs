//! The board's console: a PL011 (DDI 0183), driven by the crate `arm-pl011-uart`.

use core::ptr::NonNull;

use addr::HypVirt;
use arm_pl011_uart::{
    DataBits, FifoLevel, Interrupts, LineConfig, PL011Registers, Parity, StopBits, UniqueMmioPointer,
};

/// The control register, and its bit that turns the device on.
const UARTCR: u64 = 0x30;
const UARTEN: u32 = 1;

/// For a device that no boot loader has turned on, which only emulators have.
const BAUD: u32 = 115_200;
const CLOCK: u32 = 24_000_000;

/// How many damaged bytes in a row are skipped.
const DAMAGED: usize = 64;

/// The PL011 that `/chosen/stdout-path` names, as the boot loader set it up.
pub struct Uart {
    device: arm_pl011_uart::Uart<'static>,
    mask: Interrupts,
}

impl Uart {
    /// Takes the device over. Line settings stay as the boot loader left them, if it turned the device on.
    ///
    /// # Safety
    ///
    /// `base` must be the device's frame, mapped as device memory for ever, and driven by nobody else.
    pub unsafe fn new(base: HypVirt, _: board::UartKind) -> Option<Self> {
        let registers = NonNull::new(base.raw() as *mut PL011Registers)?;
        // SAFETY: the caller vouches for the frame and for being its only user.
        let pointer = unsafe { UniqueMmioPointer::new(registers) };
        let mut device = arm_pl011_uart::Uart::new(pointer);
        // SAFETY: UARTCR of the same frame.
        let control = unsafe { super::mmio::read32(base.checked_add(UARTCR)?) };
        if control & UARTEN == 0 {
            let line =
                LineConfig { data_bits: DataBits::Bits8, parity: Parity::None, stop_bits: StopBits::One };
            device.enable(line, BAUD, CLOCK).ok()?;
        }
        device.set_interrupt_masks(Interrupts::empty());
        Some(Self { device, mask: Interrupts::empty() })
    }

    /// Lets received bytes interrupt.
    pub fn enable_receive_interrupt(&mut self) {
        self.device.set_interrupt_fifo_levels(FifoLevel::Bytes4, FifoLevel::Bytes4);
        self.mask = Interrupts::RXI | Interrupts::RTI;
        self.device.set_interrupt_masks(self.mask);
    }

    /// Lets the transmit FIFO interrupt when it has room, or stops that.
    pub fn set_transmit_interrupt(&mut self, enabled: bool) {
        let mask = if enabled { self.mask | Interrupts::TXI } else { self.mask - Interrupts::TXI };
        if mask != self.mask {
            self.mask = mask;
            self.device.set_interrupt_masks(mask);
        }
    }

    /// Sends the first bytes of these, and returns how many: fewer than there are when the FIFO is full.
    pub fn send(&mut self, bytes: &[u8]) -> usize {
        let mut sent = 0;
        for byte in bytes {
            if self.device.is_tx_fifo_full() {
                break;
            }
            self.device.write_word(*byte);
            sent += 1;
        }
        sent
    }

    /// The next received byte. One that arrived damaged is dropped.
    pub fn receive(&mut self) -> Option<u8> {
        for _ in 0..DAMAGED {
            match self.device.read_word() {
                Ok(byte) => return byte,
                Err(_) => continue,
            }
        }
        None
    }

    /// Takes notice of the interrupts that are raised.
    pub fn acknowledge(&mut self) {
        self.device.clear_interrupts(Interrupts::all());
    }
}
