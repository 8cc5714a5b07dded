//! Where things are on QEMU's arm64 `virt`, and who is running.

use core::arch::asm;

/// The distributor of whichever GIC there is.
pub const DISTRIBUTOR: u64 = 0x0800_0000;
/// Bytes of the frame of a GICv3's distributor.
pub const DISTRIBUTOR_SIZE: u64 = 0x1_0000;
/// Bytes of the frame of a GICv2's distributor.
pub const GICV2_DISTRIBUTOR_SIZE: u64 = 0x1000;
/// GICv2 CPU interface.
pub const CPU_INTERFACE: u64 = 0x0801_0000;
/// Bytes of the two pages of the CPU interface.
pub const CPU_INTERFACE_SIZE: u64 = 0x2000;
/// First GICv3 redistributor.
pub const REDISTRIBUTORS: u64 = 0x080a_0000;
/// Bytes of the two frames of one vCPU's redistributor.
pub const REDISTRIBUTOR_SIZE: u64 = 0x2_0000;
/// PL011.
pub const UART: u64 = 0x0900_0000;
/// Bytes of the UART frame.
pub const UART_SIZE: u64 = 0x1000;
/// Where the board's RAM begins. The hypervisor's image lies near.
pub const BOARD_RAM: u64 = 0x4000_0000;

/// This vCPU's number: its Aff0.
pub fn vcpu() -> usize {
    let mpidr: u64;
    // SAFETY: reads a register without side effect.
    unsafe { asm!("mrs {}, mpidr_el1", out(reg) mpidr, options(nomem, nostack, preserves_flags)) };
    mpidr as usize & 0xf
}

/// The interrupt that a specifier in the device tree names: type (0 shared, 1 private), number, flags.
pub(crate) fn interrupt(specifier: &[u8]) -> Option<u32> {
    let [kind, number] = [specifier.get(..4)?, specifier.get(4..8)?]
        .map(|cell| cell.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)));
    Some(number + if kind == 0 { 32 } else { 16 })
}
