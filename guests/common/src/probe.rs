//! Running an instruction that may fault, and learning how it ended.

use crate::fault::{self, Fault};
use core::arch::{asm, global_asm};

/// Words in the code buffer.
const CODE_WORDS: usize = 1024;

#[repr(C, align(4096))]
struct Code([u32; CODE_WORDS]);

static mut CODE: Code = Code([0; CODE_WORDS]);

/// `ret`.
pub const RET: u32 = 0xd65f_03c0;

/// Instructions written at run time. There is one buffer: vCPU 0 owns it.
#[derive(Debug)]
pub struct CodeBuffer(());

impl CodeBuffer {
    /// The buffer.
    ///
    /// # Safety
    /// At most one may exist.
    pub unsafe fn new() -> Self {
        Self(())
    }

    /// Writes `words` and makes them executable; returns the address of the first. Excess words are left out.
    pub fn load(&mut self, words: impl IntoIterator<Item = u32>) -> u64 {
        let start = &raw mut CODE as u64;
        for (index, word) in words.into_iter().take(CODE_WORDS).enumerate() {
            let at = start + index as u64 * 4;
            // SAFETY: inside CODE, which `self` owns; nothing there is running. DDI 0487 B2.7.4: clean the
            // data, invalidate the instructions, wait.
            unsafe {
                asm!("str {:w}, [{}]", "dc cvau, {1}", in(reg) word, in(reg) at, options(nostack));
            }
        }
        // SAFETY: barriers and instruction cache maintenance only.
        unsafe { asm!("dsb ish", "ic iallu", "dsb ish", "isb", options(nostack)) };
        start
    }
}

/// Calls the code at `code` (one instruction and `ret`) with x0 to x2 as given. Returns x1, or the fault.
///
/// # Errors
/// The exception that the instruction ended in.
///
/// # Safety
/// The code must change no register but x0 to x17 and no memory that Rust owns.
pub unsafe fn run(code: u64, x0: u64, x1: u64, x2: u64) -> Result<u64, Fault> {
    let result;
    fault::arm();
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
    fault::disarm().map_or(Ok(result), Err)
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
    fn guest_run_registers(code: u64, registers: *mut [u64; 18]);
}

/// Calls the code at `code` with x0 to x17 as given, and stores there what they are afterwards.
///
/// # Errors
/// The exception that the code ended in.
///
/// # Safety
/// As for [`run`].
pub unsafe fn run_registers(code: u64, registers: &mut [u64; 18]) -> Result<(), Fault> {
    fault::arm();
    // SAFETY: the caller's promise; the array is exclusively borrowed.
    unsafe { guest_run_registers(code, registers) };
    fault::disarm().map_or(Ok(()), Err)
}
