//! The instructions that end a zone.

use common::machine::BOARD_RAM;
use core::arch::asm;

/// Foreign to every zone: the hypervisor's image.
const FOREIGN: u64 = BOARD_RAM + (2 << 20);

/// An exception whose vector cannot be fetched, and so on for ever.
pub(crate) fn vectors() -> ! {
    // SAFETY: nothing runs after it.
    unsafe { asm!("msr vbar_el1, {}", "isb", "udf #0", in(reg) FOREIGN, options(noreturn)) }
}

/// An exception whose handler cannot use its stack.
pub(crate) fn stack() -> ! {
    // SAFETY: nothing runs after it.
    unsafe { asm!("mov sp, {}", "udf #0", in(reg) FOREIGN, options(noreturn)) }
}

/// Translation tables in foreign memory.
pub(crate) fn tables() -> ! {
    // SAFETY: nothing runs after it.
    unsafe {
        asm!("msr ttbr0_el1, {}", "isb", "tlbi vmalle1", "dsb sy", "isb", "b .", in(reg) FOREIGN,
            options(noreturn))
    }
}

/// Sleep with nothing that could ever wake it.
pub(crate) fn sleep() -> ! {
    // SAFETY: nothing runs after it.
    unsafe { asm!("msr daifset, #15", "2: wfi", "b 2b", options(noreturn)) }
}
