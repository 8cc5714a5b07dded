//! Where things are on QEMU's riscv64 `virt`, and who is running.

use core::arch::asm;

/// Supervisor-level APLIC, 32 KiB. A zone has it or the PLIC.
pub const APLIC: u64 = 0x0d00_0000;
/// Bytes of the APLIC's frame.
pub const APLIC_SIZE: u64 = 0x8000;
/// The first supervisor-level interrupt file of the IMSICs.
pub const IMSIC: u64 = 0x2800_0000;
/// Bytes of one interrupt file.
pub const FILE_SIZE: u64 = 0x1000;
/// PLIC, where there is no AIA; with it, the machine-level APLIC.
pub const PLIC: u64 = 0x0c00_0000;
/// NS16550A.
pub const UART: u64 = 0x1000_0000;
/// Bytes of the UART frame.
pub const UART_SIZE: u64 = 0x1000;
/// Where the board's RAM begins, with firmware's own and then the hypervisor's image.
pub const BOARD_RAM: u64 = 0x8000_0000;

/// This vCPU's number: tp, which is otherwise unused.
pub fn vcpu() -> usize {
    let number: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mv {}, tp", out(reg) number, options(nomem, nostack, preserves_flags)) };
    number & 0xf
}

/// The interrupt that a specifier in the device tree names: its first cell is the source.
pub(crate) fn interrupt(specifier: &[u8]) -> Option<u32> {
    specifier.first_chunk().map(|source| u32::from_be_bytes(*source))
}
