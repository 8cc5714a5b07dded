//! Where things are on the boards that the tests use (QEMU's arm64 `virt`), and who is running.

use crate::{calls, start};
use core::arch::asm;

/// GICv3 distributor, 64 KiB.
pub const DISTRIBUTOR: u64 = 0x0800_0000;
/// Bytes of the distributor frame.
pub const DISTRIBUTOR_SIZE: u64 = 0x1_0000;
/// First GICv3 redistributor.
pub const REDISTRIBUTORS: u64 = 0x080a_0000;
/// Bytes of the two frames of one vCPU's redistributor.
pub const REDISTRIBUTOR_SIZE: u64 = 0x2_0000;
/// PL011.
pub const UART: u64 = 0x0900_0000;
/// Bytes of the UART frame.
pub const UART_SIZE: u64 = 0x1000;
/// vCPUs that a guest can run on.
pub const MAX_VCPUS: usize = 16;

/// This vCPU's number: its Aff0.
pub fn vcpu() -> usize {
    let mpidr: u64;
    // SAFETY: reads a register without side effect.
    unsafe { asm!("mrs {}, mpidr_el1", out(reg) mpidr, options(nomem, nostack, preserves_flags)) };
    mpidr as usize & 0xf
}

/// The address of the image's first byte.
pub fn image_start() -> u64 {
    start::image_start()
}

/// Where a vCPU that [`start`] starts begins.
pub fn secondary_entry() -> u64 {
    start::secondary_entry()
}

/// Starts a vCPU of this zone: it runs `body` and then turns itself off. Returns what PSCI CPU_ON says, 0 for
/// success.
pub fn start(vcpu: u64, body: fn()) -> i64 {
    calls::cpu_on(vcpu, start::secondary_entry(), body as *const () as u64)
}
