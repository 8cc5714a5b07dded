//! The console: a PL011 (DDI 0183), polled.

use crate::machine::UART;
use core::arch::asm;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};

/// Data and flag registers; FR.TXFF.
const DR: u64 = UART;
const FR: u64 = UART + 0x18;
const TRANSMIT_FULL: u32 = 1 << 5;

/// One vCPU prints at a time.
static BUSY: AtomicBool = AtomicBool::new(false);

struct Uart;

impl fmt::Write for Uart {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if byte == b'\n' {
                send(b'\r');
            }
            send(byte);
        }
        Ok(())
    }
}

fn send(byte: u8) {
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

/// Prints; see [`crate::println!`].
pub fn print(arguments: fmt::Arguments<'_>) {
    while BUSY.swap(true, Ordering::Acquire) {
        core::hint::spin_loop();
    }
    // The sink never fails.
    let _ = fmt::write(&mut Uart, arguments);
    BUSY.store(false, Ordering::Release);
}

/// Prints a line to the zone's console.
#[macro_export]
macro_rules! println {
    ($($argument:tt)*) => { $crate::uart::print(format_args!("{}\n", format_args!($($argument)*))) };
}
