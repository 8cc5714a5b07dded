//! The instructions that end a zone.

use common::machine::BOARD_RAM;
use core::arch::asm;

/// Foreign to every zone: the hypervisor's image.
const FOREIGN: u64 = BOARD_RAM + (2 << 20);
/// satp.MODE of Sv39.
const SV39: u64 = 8 << 60;

/// An exception whose vector cannot be fetched, and so on for ever.
pub(crate) fn vectors() -> ! {
    // SAFETY: nothing runs after it.
    unsafe { asm!("csrw stvec, {}", "unimp", in(reg) FOREIGN, options(noreturn)) }
}

/// An exception whose handler cannot use its stack.
pub(crate) fn stack() -> ! {
    // SAFETY: nothing runs after it.
    unsafe { asm!("mv sp, {}", "unimp", in(reg) FOREIGN, options(noreturn)) }
}

/// Translation tables in foreign memory.
pub(crate) fn tables() -> ! {
    let satp = SV39 | FOREIGN >> 12;
    // SAFETY: nothing runs after it.
    unsafe { asm!("csrw satp, {}", "sfence.vma", "j .", in(reg) satp, options(noreturn)) }
}

/// Sleep with nothing that could ever wake it.
pub(crate) fn sleep() -> ! {
    // SAFETY: nothing runs after it.
    unsafe { asm!("csrw sie, zero", "2: wfi", "j 2b", options(noreturn)) }
}
