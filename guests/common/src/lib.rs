//! What every small guest needs: start-up, exceptions, console, PSCI, GICv3, timer, options.
//!
//! A guest is a flat file with an arm64 Image header. It is entered at EL1 as the Linux arm64 boot protocol
//! says (x0 = device tree, MMU off), turns the MMU on with everything mapped one to one, and runs the
//! function given to [`guest!`].
#![no_std]

pub mod calls;
pub mod fault;
pub mod gic;
pub mod machine;
pub mod options;
pub mod probe;
pub mod random;
pub mod timer;
pub mod translation;
pub mod uart;

mod exceptions;
mod mmu;
mod start;

pub use options::Options;

/// Names the function that a guest runs, `fn(&Options)`, and the one that takes its interrupts, `fn(u32)`
/// with the INTID. When the first returns, the zone powers itself off.
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
        extern "Rust" fn guest_interrupt(intid: u32) {
            $interrupt(intid);
        }
    };
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    println!("guest: panic: {info}");
    calls::system_off()
}
