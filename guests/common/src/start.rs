//! From the first instructions, which are the architecture's, to the guest's own function.

use crate::machine::MAX_VCPUS;
use crate::{Options, arch, calls, println};

/// Bytes of stack for each vCPU.
pub(crate) const STACK_SIZE: usize = 16 << 10;

#[repr(C, align(4096))]
pub(crate) struct Stacks([[u8; STACK_SIZE]; MAX_VCPUS]);

/// One stack for each vCPU, in the order of their numbers.
pub(crate) static mut GUEST_STACKS: Stacks = Stacks([[0; STACK_SIZE]; MAX_VCPUS]);

unsafe extern "Rust" {
    safe fn guest_main(options: &Options<'_>);
}

unsafe extern "C" {
    safe fn guest_head();
    safe fn guest_secondary();
}

/// The address of the image's first byte.
pub(crate) fn image_start() -> u64 {
    guest_head as *const () as u64
}

/// The entry point for [`calls::start_vcpu`].
pub(crate) fn secondary_entry() -> u64 {
    guest_secondary as *const () as u64
}

#[unsafe(no_mangle)]
extern "C" fn guest_start_first(device_tree: u64) -> ! {
    arch::enable_translation();
    match Options::read(device_tree) {
        Some(options) => {
            arch::uart::configure(&options);
            arch::timer::configure(&options);
            guest_main(&options);
        }
        None => println!("guest: there is no device tree at {device_tree:#x}"),
    }
    calls::power_off()
}

#[unsafe(no_mangle)]
extern "C" fn guest_start_secondary(context: u64) -> ! {
    arch::enable_translation();
    // SAFETY: only `machine::start` passes a context, and it passes a function of this type.
    let body: fn() = unsafe { core::mem::transmute::<u64, fn()>(context) };
    body();
    calls::vcpu_off()
}
