//! Calling code of one instruction and `ret`.

use core::arch::{asm, global_asm};

/// `ret`.
pub const RET: u32 = 0xd65f_03c0;

/// Registers that a call with all registers gives and takes: x0 to x17.
pub const REGISTERS: usize = 18;

/// Makes an instruction that was written at `at` visible to fetches, once [`synchronise`] has returned (DDI 0487
/// B2.7.4: clean the data, invalidate the instructions, wait).
pub(crate) fn written(at: u64) {
    // SAFETY: cache maintenance only.
    unsafe { asm!("dc cvau, {}", in(reg) at, options(nostack)) };
}

/// See [`written`].
pub(crate) fn synchronise() {
    // SAFETY: barriers and instruction cache maintenance only.
    unsafe { asm!("dsb ish", "ic iallu", "dsb ish", "isb", options(nostack)) };
}

/// Calls `code` with x0 to x2 as given; returns x1.
///
/// # Safety
/// The code must change no register but x0 to x17 and no memory that Rust owns.
pub(crate) unsafe fn call(code: u64, x0: u64, x1: u64, x2: u64) -> u64 {
    let result;
    // SAFETY: the caller's promise; the exception handler steps over an instruction that faults.
    unsafe {
        asm!(
            "blr {code}",
            code = in(reg) code,
            inlateout("x0") x0 => _,
            inlateout("x1") x1 => result,
            inlateout("x2") x2 => _,
            clobber_abi("C"),
        );
    }
    result
}

global_asm!(
    r#"
    .pushsection .text.probe, "ax"
    .global guest_run_registers
guest_run_registers:
    stp     x29, x30, [sp, #-32]!
    stp     x19, x20, [sp, #16]
    mov     x19, x0
    mov     x20, x1
    ldp     x0, x1, [x20]
    ldp     x2, x3, [x20, #16]
    ldp     x4, x5, [x20, #32]
    ldp     x6, x7, [x20, #48]
    ldp     x8, x9, [x20, #64]
    ldp     x10, x11, [x20, #80]
    ldp     x12, x13, [x20, #96]
    ldp     x14, x15, [x20, #112]
    ldp     x16, x17, [x20, #128]
    blr     x19
    stp     x0, x1, [x20]
    stp     x2, x3, [x20, #16]
    stp     x4, x5, [x20, #32]
    stp     x6, x7, [x20, #48]
    stp     x8, x9, [x20, #64]
    stp     x10, x11, [x20, #80]
    stp     x12, x13, [x20, #96]
    stp     x14, x15, [x20, #112]
    stp     x16, x17, [x20, #128]
    ldp     x19, x20, [sp, #16]
    ldp     x29, x30, [sp], #32
    ret
    .popsection
    "#
);

unsafe extern "C" {
    fn guest_run_registers(code: u64, registers: *mut [u64; REGISTERS]);
}

/// Calls `code` with x0 to x17 as given, and stores there what they are afterwards.
///
/// # Safety
/// As for [`call`].
pub(crate) unsafe fn call_with_registers(code: u64, registers: &mut [u64; REGISTERS]) {
    // SAFETY: the caller's promise; the array is exclusively borrowed.
    unsafe { guest_run_registers(code, registers) };
}
