//! Text for the zone's console.

use crate::arch::uart::send;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};

/// One vCPU prints at a time.
static BUSY: AtomicBool = AtomicBool::new(false);

struct Console;

impl fmt::Write for Console {
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

/// Prints; see [`crate::println!`].
pub fn print(arguments: fmt::Arguments<'_>) {
    while BUSY.swap(true, Ordering::Acquire) {
        core::hint::spin_loop();
    }
    // The sink never fails.
    let _ = fmt::write(&mut Console, arguments);
    BUSY.store(false, Ordering::Release);
}

/// Prints a line to the zone's console.
#[macro_export]
macro_rules! println {
    ($($argument:tt)*) => { $crate::console::print(format_args!("{}\n", format_args!($($argument)*))) };
}
