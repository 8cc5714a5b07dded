//! Entry code, and what boot asks of an arm64 machine.

use addr::HostPhys;
use board::Board;

use crate::arch::bare;
use crate::cpu::Cpu;

use super::bare::image;
use super::{cpu_interface, exits, interrupts, registers, traps};

core::arch::global_asm!(
    include_str!("entry.S"),
    MAIR = const paging::aarch64::MAIR_EL2,
    TCR = const TCR_EL2,
    SCTLR = const SCTLR_EL2,
    PAGE_RX = const PAGE_RX,
    PAGE_RO = const PAGE_RO,
    PAGE_RW = const PAGE_RW,
    IMAGE_SIZE = const image::SIZE,
    FRAME_SIZE = const size_of::<exits::Registers>(),
    STACK_TOP = const core::mem::offset_of!(Cpu, stack_top),
);

/// TCR_EL2 with E2H clear, PS left to entry code: 48 bits of virtual address (T0SZ 16), 4 KiB pages, walks
/// write-back and inner shareable, bits 31 and 23 RES1 (Arm ARM DDI 0487, D24.2 "TCR_EL2").
const TCR_EL2: u64 = 1 << 31 | 1 << 23 | 0b11 << 12 | 0b01 << 10 | 0b01 << 8 | 16;

/// SCTLR_EL2: RES1 bits, MMU (M), data and instruction caches (C, I), stack alignment checked (SA), writable
/// memory never executable (WXN).
const SCTLR_EL2: u64 = 0x30c5_0830 | 1 << 19 | 1 << 12 | 1 << 3 | 1 << 2 | 1;

/// A page descriptor of EL2 stage 1: valid, accessed, inner shareable, AP[1] RES1, write-back memory.
const PAGE: u64 = 1 << 10 | 0b11 << 8 | 1 << 6 | 0b11;
const READ_ONLY: u64 = 1 << 7;
const EXECUTE_NEVER: u64 = 1 << 54;
const PAGE_RX: u64 = PAGE | READ_ONLY;
const PAGE_RO: u64 = PAGE | READ_ONLY | EXECUTE_NEVER;
const PAGE_RW: u64 = PAGE | EXECUTE_NEVER;

/// Affinity fields of MPIDR_EL1.
const AFFINITY: u64 = 0xff_00ff_ffff;

/// The primary CPU arrives: MMU on, on the boot stack.
#[unsafe(no_mangle)]
extern "C" fn primary_entry(device_tree: u64, image: u64, ticks: u64) -> ! {
    let boot_cpu = registers::mpidr_el1() & AFFINITY;
    let entry =
        bare::Entry { device_tree: HostPhys::new(device_tree), image: HostPhys::new(image), ticks, boot_cpu };
    // SAFETY: entry code runs this once, on the first CPU, before all other Rust code.
    unsafe { bare::primary(entry) }
}

/// Refuses machines that this architecture's code cannot run on.
///
/// # Errors
///
/// What is missing, as text for the console.
pub fn check_machine(board: &Board) -> Result<(), &'static str> {
    if board.firmware == board::Firmware::Psci(board::PsciConduit::Hvc) {
        return Err("the device tree's PSCI method is hvc: no firmware answers at EL2");
    }
    if registers::hcr_el2() >> 34 & 1 != 0 {
        return Err("this CPU cannot leave VHE (HCR_EL2.E2H is one): not supported");
    }
    // What a GICv2 offers is always usable.
    let is_gicv3 = matches!(board.interrupt_controller, board::InterruptController::Gicv3(_));
    if is_gicv3 && cpu_interface::virtual_interface().is_none() {
        return Err("ICH_VTR_EL2 describes no usable virtual CPU interface");
    }
    Ok(())
}

/// Prepares the CPU that runs this for its guest and its interrupts.
///
/// # Errors
///
/// What does not work, as text for the console.
pub fn init_cpu(cpu: &Cpu) -> Result<(), &'static str> {
    traps::init(cpu);
    if interrupts::init_cpu(cpu) { Ok(()) } else { Err("its GIC interface does not answer") }
}

/// From here on this CPU is the one that `cpu` describes.
pub fn set_current_cpu(cpu: &'static Cpu) {
    // SAFETY: the record lives for ever.
    unsafe { registers::set_tpidr_el2(core::ptr::from_ref(cpu) as u64) };
}
