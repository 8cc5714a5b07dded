//! Registers of the GIC and of devices, read and written by the plain loads and stores that a hypervisor can decode.

use core::arch::asm;

pub(super) fn read(address: u64) -> u32 {
    let value;
    // SAFETY: a register of this machine, the GIC or a device.
    unsafe { asm!("ldr {:w}, [{}]", out(reg) value, in(reg) address, options(nostack)) };
    value
}

pub(super) fn write(address: u64, value: u32) {
    // SAFETY: a register of this machine, the GIC or a device. which holds no memory of ours.
    unsafe { asm!("str {:w}, [{}]", in(reg) value, in(reg) address, options(nostack)) };
}

pub(super) fn write_double(address: u64, value: u64) {
    // SAFETY: as for `write`.
    unsafe { asm!("str {}, [{}]", in(reg) value, in(reg) address, options(nostack)) };
}
