//! Ways for a zone to leave itself without a next instruction that works. None of them may cost anybody else
//! anything; the hypervisor may let such a zone hang or stop it.

use common::println;
use core::arch::asm;

/// A way to end.
pub(crate) struct Mode {
    name: &'static str,
    end: fn() -> !,
}

/// Foreign to every zone: the hypervisor's image on the boards that the tests use.
const FOREIGN: u64 = 0x4020_0000;

/// The values of `mode=`.
pub(crate) const MODES: &[Mode] = &[
    Mode { name: "suicide", end: vectors },
    Mode { name: "suicide-stack", end: stack },
    Mode { name: "suicide-tables", end: tables },
    Mode { name: "suicide-sleep", end: sleep },
];

/// Ends the zone as `mode` says; returns where there is no such mode.
pub(crate) fn commit(mode: &str) {
    match MODES.iter().find(|known| known.name == mode) {
        Some(known) => {
            println!("hostile: mode={mode}: this is my last line");
            (known.end)()
        }
        None => println!("hostile: there is no mode {mode}"),
    }
}

/// An exception whose vector cannot be fetched, and so on for ever.
fn vectors() -> ! {
    // SAFETY: nothing runs after it.
    unsafe { asm!("msr vbar_el1, {}", "isb", "udf #0", in(reg) FOREIGN, options(noreturn)) }
}

/// An exception whose handler cannot use its stack.
fn stack() -> ! {
    // SAFETY: nothing runs after it.
    unsafe { asm!("mov sp, {}", "udf #0", in(reg) FOREIGN, options(noreturn)) }
}

/// Translation tables in foreign memory.
fn tables() -> ! {
    // SAFETY: nothing runs after it.
    unsafe {
        asm!("msr ttbr0_el1, {}", "isb", "tlbi vmalle1", "dsb sy", "isb", "b .", in(reg) FOREIGN,
            options(noreturn))
    }
}

/// Sleep with nothing that could ever wake it.
fn sleep() -> ! {
    // SAFETY: nothing runs after it.
    unsafe { asm!("msr daifset, #15", "2: wfi", "b 2b", options(noreturn)) }
}
