//! The UART: an NS16550A, polled.

use super::machine::UART;
use crate::Options;
use core::arch::asm;

/// Transmitter holding and line status registers; LSR.THRE.
const THR: u64 = UART;
const LSR: u64 = UART + 5;
const TRANSMIT_EMPTY: u64 = 1 << 5;

/// Nothing to find: it is where that of `virt` is.
pub(crate) fn configure(_: &Options<'_>) {}

/// Sends one byte, as soon as there is room.
pub(crate) fn send(byte: u8) {
    loop {
        let status: u64;
        // SAFETY: a register of this zone's own UART.
        unsafe { asm!("lbu {}, 0({})", out(reg) status, in(reg) LSR, options(nostack)) };
        if status & TRANSMIT_EMPTY != 0 {
            break;
        }
    }
    // SAFETY: a register of this zone's own UART.
    unsafe { asm!("sb {}, 0({})", in(reg) byte, in(reg) THR, options(nostack)) };
}
