//! The Bulkhead hypervisor.
//!
//! Principles:
//! - One vCPU a CPU, fixed at boot. There is no scheduler and no migration.
//! - What a guest can reach is a pure model in a crate of its own; here is only what carries its effects out.
//! - No allocation after boot, no lock that two zones share on the way of an interrupt.
//! - `unsafe` in small blocks, each with the argument why it holds.
//!
//! [`boot`] makes everything; [`run`] is what a CPU does outside its guest; [`zone`] is what a guest can
//! reach; [`arch`] is the hardware.
#![cfg_attr(target_os = "none", no_std)]
#![allow(
    unreachable_pub,
    reason = "the library serves the image and its tests alone: `pub` is what leaves a module"
)]
#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic,)
)]

pub mod arch;
pub mod boot;
pub mod channel;
pub mod console;
pub mod cpu;
pub mod exits;
pub mod floods;
pub mod irqchip;
pub mod lock;
pub mod machine;
pub mod memory;
pub mod mmio;
pub mod once;
pub mod run;
pub mod zone;

/// The end of the hypervisor by its own hand: reports where and why, and powers the machine off.
pub fn panicked(info: &core::panic::PanicInfo<'_>) -> ! {
    match info.location() {
        Some(place) => arch::panic_end(format_args!("{} at {place}", info.message())),
        None => arch::panic_end(format_args!("{}", info.message())),
    }
}
