//! The UART: a PL011 (DDI 0183), polled.

use super::machine::UART;
use core::arch::asm;

/// Data and flag registers; FR.TXFF.
const DR: u64 = UART;
const FR: u64 = UART + 0x18;
const TRANSMIT_FULL: u32 = 1 << 5;

/// Sends one byte, as soon as there is room.
pub(crate) fn send(byte: u8) {
    loop {
        let flags: u32;
        // SAFETY: a register of this zone's own UART.
        unsafe { asm!("ldr {:w}, [{}]", out(reg) flags, in(reg) FR, options(nostack)) };
        if flags & TRANSMIT_FULL == 0 {
            break;
        }
    }
    // SAFETY: a register of this zone's own UART.
    unsafe { asm!("str {:w}, [{}]", in(reg) u32::from(byte), in(reg) DR, options(nostack)) };
}
