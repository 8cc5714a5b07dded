//! How a program of Linux begins and how it calls the kernel, for each architecture.

use core::arch::{asm, global_asm};

#[cfg(target_arch = "aarch64")]
global_asm!(
    ".global _start",
    "_start:",
    "mov x29, #0",
    "mov x30, #0",
    "mov x0, sp",
    // The kernel aligns the stack already; the next function must be able to rely on it.
    "and sp, x0, #-16",
    "b {begin}",
    begin = sym super::begin,
);

#[cfg(target_arch = "riscv64")]
global_asm!(".global _start", "_start:", "mv a0, sp", "andi sp, sp, -16", "tail {begin}", begin = sym super::begin);

/// Calls the kernel.
///
/// # Safety
/// What the call does to this program's memory must be allowed: every address among the arguments is of memory that
/// lives through the call, and that is writable by this caller alone where the kernel writes to it.
pub(super) unsafe fn call(number: usize, arguments: [usize; 6]) -> isize {
    let [a, b, c, d, e, f] = arguments;
    let result: isize;
    // SAFETY: the kernel changes no register but the result's, and no memory but what the caller vouches for.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!("svc #0", in("x8") number, inlateout("x0") a => result, in("x1") b, in("x2") c, in("x3") d,
            in("x4") e, in("x5") f, options(nostack));
    }
    // SAFETY: as above.
    #[cfg(target_arch = "riscv64")]
    unsafe {
        asm!("ecall", in("a7") number, inlateout("a0") a => result, in("a1") b, in("a2") c, in("a3") d,
            in("a4") e, in("a5") f, options(nostack));
    }
    result
}
