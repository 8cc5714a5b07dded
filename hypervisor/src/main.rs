//! The Bulkhead image. All of it is in the library; this file makes it a program for the bare machine.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
use hypervisor as _;

#[cfg(target_os = "none")]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    hypervisor::panicked(info)
}

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!(
        "this program runs on bare machines: build it with `cargo xtask setup` or `cargo run -- bundle`"
    );
    std::process::exit(2);
}
