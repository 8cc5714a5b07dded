//! The wires of two devices that go up and down at once when a register is written: the UART, which a zone has
//! emulated, and the real-time clock, which it may own.

use common::machine::UART;
use core::arch::asm;

/// Sources of the two on QEMU's `virt`.
pub(super) const UART_SOURCE: u32 = 10;
pub(super) const RTC_SOURCE: u32 = 11;

/// NS16550A: IER with ETBEI, LSR with TEMT. That nothing is left to send is the interrupt.
const IER: u64 = UART + 1;
const TRANSMITTED: u8 = 1 << 1;
const LSR: u64 = UART + 5;
const TRANSMITTER_EMPTY: u8 = 1 << 6;

/// Goldfish real-time clock on QEMU's `virt`.
const RTC: u64 = 0x0010_1000;
const ALARM_LOW: u64 = RTC + 0x08;
const ALARM_HIGH: u64 = RTC + 0x0c;
const INTERRUPT_ENABLED: u64 = RTC + 0x10;

/// A device with a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Device {
    /// The UART.
    Uart,
    /// The real-time clock.
    Rtc,
}

impl Device {
    /// Both.
    pub(super) const ALL: [Self; 2] = [Self::Uart, Self::Rtc];

    /// The source that its wire leads to.
    pub(super) const fn source(self) -> u32 {
        match self {
            Self::Uart => UART_SOURCE,
            Self::Rtc => RTC_SOURCE,
        }
    }

    /// Readies the device: its wire is low.
    pub(super) fn initialise(self) {
        self.drive(false);
        if self == Self::Rtc {
            // An alarm in the past is pending from now on; whether that shows is the enable bit's.
            store_word(ALARM_HIGH, 0);
            store_word(ALARM_LOW, 1);
        }
    }

    /// Drives the wire, which has the other level. While the UART's is high, nothing may be printed: it would blink.
    pub(super) fn drive(self, high: bool) {
        match self {
            Self::Uart => {
                while high && load_byte(LSR) & TRANSMITTER_EMPTY == 0 {}
                store_byte(IER, if high { TRANSMITTED } else { 0 });
            }
            Self::Rtc => store_word(INTERRUPT_ENABLED, u32::from(high)),
        }
    }
}

fn load_byte(at: u64) -> u8 {
    let value: u8;
    // SAFETY: a register of this zone's UART, the only device whose bytes are read.
    unsafe { asm!("lbu {}, 0({})", out(reg) value, in(reg) at, options(nostack)) };
    value
}

fn store_byte(at: u64, value: u8) {
    // SAFETY: a register of this zone's UART, the only device whose bytes are written.
    unsafe { asm!("sb {}, 0({})", in(reg) value, in(reg) at, options(nostack)) };
}

fn store_word(at: u64, value: u32) {
    // SAFETY: a register of the clock, which has no access to memory.
    unsafe { asm!("sw {}, 0({})", in(reg) value, in(reg) at, options(nostack)) };
}
