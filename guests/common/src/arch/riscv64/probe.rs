//! Calling code of one instruction and `ret`.

use core::arch::{asm, global_asm};

/// `ret`, in four bytes.
pub const RET: u32 = 0x0000_8067;

/// Registers that a call with all registers gives and takes: a0 to a7, then t0 to t6.
pub const REGISTERS: usize = 15;

/// Nothing to do for one instruction: see [`synchronise`].
pub(crate) fn written(_: u64) {}

/// Makes instructions that were written visible to fetches of this hart.
pub(crate) fn synchronise() {
    // SAFETY: a fence only.
    unsafe { asm!("fence.i", options(nostack)) };
}

/// Calls `code` with a0 to a2 as given; returns a1.
///
/// # Safety
/// The code must change no register that a function preserves and no memory that Rust owns.
pub(crate) unsafe fn call(code: u64, a0: u64, a1: u64, a2: u64) -> u64 {
    let result;
    // SAFETY: the caller's promise; the trap handler steps over an instruction that faults.
    unsafe {
        asm!(
            "jalr {code}",
            code = in(reg) code,
            inlateout("a0") a0 => _,
            inlateout("a1") a1 => result,
            inlateout("a2") a2 => _,
            clobber_abi("C"),
        );
    }
    result
}

global_asm!(
    r#"
    .pushsection .text.probe, "ax"
    .macro  guest_arguments op
    \op     a0, 0(s0)
    \op     a1, 8(s0)
    \op     a2, 16(s0)
    \op     a3, 24(s0)
    \op     a4, 32(s0)
    \op     a5, 40(s0)
    \op     a6, 48(s0)
    \op     a7, 56(s0)
    \op     t0, 64(s0)
    \op     t1, 72(s0)
    \op     t2, 80(s0)
    \op     t3, 88(s0)
    \op     t4, 96(s0)
    \op     t5, 104(s0)
    \op     t6, 112(s0)
    .endm

    .global guest_run_registers
guest_run_registers:
    addi    sp, sp, -32
    sd      ra, 0(sp)
    sd      s0, 8(sp)
    sd      s1, 16(sp)
    mv      s1, a0
    mv      s0, a1
    guest_arguments ld
    jalr    s1
    guest_arguments sd
    ld      ra, 0(sp)
    ld      s0, 8(sp)
    ld      s1, 16(sp)
    addi    sp, sp, 32
    ret
    .popsection
    "#
);

unsafe extern "C" {
    fn guest_run_registers(code: u64, registers: *mut [u64; REGISTERS]);
}

/// Calls `code` with a0 to a7 and t0 to t6 as given, and stores there what they are afterwards.
///
/// # Safety
/// As for [`call`].
pub(crate) unsafe fn call_with_registers(code: u64, registers: &mut [u64; REGISTERS]) {
    // SAFETY: the caller's promise; the array is exclusively borrowed.
    unsafe { guest_run_registers(code, registers) };
}
