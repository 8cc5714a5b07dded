//! What every small guest needs: start-up, exceptions, console, calls to firmware, interrupts, timer, options.
//!
//! A guest is a flat file with a Linux Image header. It is entered as the Linux boot protocol of its
//! architecture says (device tree in a register, address translation off), turns the translation on with
//! everything mapped one to one, and runs the function given to [`guest!`].
//!
//! What is particular to an architecture lies in `arch`, under the same names for each.
#![no_std]

pub mod console;
pub mod fault;
pub mod machine;
pub mod options;
pub mod probe;
pub mod random;

mod arch;
mod start;

#[cfg(target_arch = "aarch64")]
pub use arch::system_errors;
#[cfg(target_arch = "riscv64")]
pub use arch::{aia, mmio, plic};
pub use arch::{calls, interrupts, timer, translation};
pub use options::Options;

/// Names the function that a guest runs, `fn(&Options)`, and the one that takes its interrupts, `fn(u32)`
/// with the interrupt's number ([`timer::INTERRUPT`] for one). When the first returns, the zone powers itself
/// off.
#[macro_export]
macro_rules! guest {
    ($main:path, $interrupt:path) => {
        // SAFETY: only the start-up code of `common` refers to this name, with this signature.
        #[unsafe(no_mangle)]
        extern "Rust" fn guest_main(options: &$crate::Options<'_>) {
            $main(options);
        }

        // SAFETY: only the exception code of `common` refers to this name, with this signature.
        #[unsafe(no_mangle)]
        extern "Rust" fn guest_interrupt(number: u32) {
            $interrupt(number);
        }
    };
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    println!("guest: panic: {info}");
    calls::power_off()
}
