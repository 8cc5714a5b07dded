//! The UART: a PL011 (DDI 0183), polled.

use super::machine::UART;
use crate::Options;
use core::arch::asm;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Where the UART is: that of `virt` until the device tree says otherwise.
static PLACE: AtomicU64 = AtomicU64::new(UART);

/// What a PL011 is called, whole or (SBSA) without its line settings.
const KINDS: [&str; 2] = ["arm,pl011", "arm,sbsa-uart"];

/// Offsets of the data and flag registers; FR.TXFF.
const DR: u64 = 0;
const FR: u64 = 0x18;
const TRANSMIT_FULL: u32 = 1 << 5;

/// Finds the UART: other hypervisors have it elsewhere.
pub(crate) fn configure(options: &Options<'_>) {
    if let Some(uart) = KINDS.into_iter().find_map(|kind| options.device(kind)) {
        PLACE.store(uart.start, Relaxed);
    }
}

/// Sends one byte, as soon as there is room.
pub(crate) fn send(byte: u8) {
    let uart = PLACE.load(Relaxed);
    loop {
        let flags: u32;
        // SAFETY: a register of this zone's own UART.
        unsafe { asm!("ldr {:w}, [{}]", out(reg) flags, in(reg) uart + FR, options(nostack)) };
        if flags & TRANSMIT_FULL == 0 {
            break;
        }
    }
    // SAFETY: a register of this zone's own UART.
    unsafe { asm!("str {:w}, [{}]", in(reg) u32::from(byte), in(reg) uart + DR, options(nostack)) };
}
