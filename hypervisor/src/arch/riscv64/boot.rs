//! Entry code, and what boot asks of a riscv64 machine.

use addr::HostPhys;
use board::{Board, Extension};

use crate::arch::bare;
use crate::cpu::Cpu;

use super::bare::image;
use super::features::{self, Features};
use super::{exits, interrupts, stage1, traps};

core::arch::global_asm!(
    include_str!("entry.S"),
    PAGE_RX = const PAGE | READ | EXECUTE,
    PAGE_RO = const PAGE | READ,
    PAGE_RW = const PAGE | READ | WRITE,
    SATP_SV48 = const 9u64 << 60,
    SATP_SV39 = const 8u64 << 60,
    IMAGE_SIZE = const image::SIZE,
    FRAME_SIZE = const size_of::<exits::Registers>(),
    STACK_TOP = const core::mem::offset_of!(Cpu, stack_top),
);

/// A leaf of stage 1: valid, accessed, dirty (privileged specification, "Sv39").
const PAGE: u64 = 1 << 7 | 1 << 6 | 1;
const READ: u64 = 1 << 1;
const WRITE: u64 = 1 << 2;
const EXECUTE: u64 = 1 << 3;

/// The primary hart arrives: MMU on, on the boot stack.
#[unsafe(no_mangle)]
extern "C" fn primary_entry(hart: u64, device_tree: u64, image: u64, ticks: u64) -> ! {
    let entry = bare::Entry {
        device_tree: HostPhys::new(device_tree),
        image: HostPhys::new(image),
        ticks,
        boot_cpu: hart,
    };
    // SAFETY: entry code runs this once, on the first hart, before all other Rust code.
    unsafe { bare::primary(entry) }
}

/// Refuses machines that this architecture's code cannot run on, and remembers what the others have.
///
/// # Errors
///
/// What is missing, as text for the console.
pub fn check_machine(board: &Board) -> Result<(), &'static str> {
    let timebase = board.timebase_frequency.ok_or("the device tree has no timebase-frequency")?;
    if !board.extensions.contains(Extension::H) {
        return Err("the harts have no hypervisor extension (H)");
    }
    if !board.extensions.contains(Extension::Sstc) {
        return Err("the harts have no timer for guests (Sstc): not supported");
    }
    if matches!(board.interrupt_controller, board::InterruptController::Aia(_))
        && !board.extensions.contains(Extension::Ssaia)
    {
        return Err("the harts have no interrupt files of their own (Ssaia), which the IMSIC needs");
    }
    stage1::use_svpbmt(board.extensions.contains(Extension::Svpbmt));
    features::set(Features {
        ssaia: board.extensions.contains(Extension::Ssaia),
        stateen: board.extensions.contains(Extension::Smstateen),
        double: board.extensions.contains(Extension::D),
        vector: board.extensions.contains(Extension::V),
        timebase: u64::from(timebase),
    });
    Ok(())
}

/// Prepares the hart that runs this for its guest and its interrupts.
///
/// # Errors
///
/// What does not work, as text for the console.
pub fn init_cpu(cpu: &Cpu) -> Result<(), &'static str> {
    if !traps::init(cpu) {
        return Err("firmware gives no timer to guests (henvcfg.STCE)");
    }
    if interrupts::init_cpu(cpu) { Ok(()) } else { Err("it has no guest interrupt file") }
}

/// From here on this hart is the one that `cpu` describes.
pub fn set_current_cpu(cpu: &'static Cpu) {
    // SAFETY: the record lives for ever; Rust code uses tp for nothing.
    unsafe { core::arch::asm!("mv tp, {}", in(reg) core::ptr::from_ref(cpu), options(nostack)) };
}
