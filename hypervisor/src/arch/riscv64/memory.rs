//! Clearing and copying memory.

use addr::HypVirt;

use super::{csr, features};

/// Bytes that one turn of the loops moves. A page is a multiple.
const STEP: u64 = 64;

/// Zeroes memory.
///
/// # Safety
///
/// `size` bytes at `start`, both multiples of a page, must be mapped writable, and nobody else may use them.
pub unsafe fn clear(start: HypVirt, size: u64) {
    let end = start.raw().wrapping_add(size);
    // SAFETY: the caller vouches for the range, which the loop does not leave: it is a multiple of the step.
    unsafe {
        core::arch::asm!(
            "1: bgeu {at}, {end}, 2f",
            "sd zero, 0({at})",
            "sd zero, 8({at})",
            "sd zero, 16({at})",
            "sd zero, 24({at})",
            "sd zero, 32({at})",
            "sd zero, 40({at})",
            "sd zero, 48({at})",
            "sd zero, 56({at})",
            "addi {at}, {at}, {step}",
            "j 1b",
            "2:",
            at = inout(reg) start.raw() => _,
            end = in(reg) end,
            step = const STEP,
            options(nostack)
        )
    };
}

/// Copies `source` to `target`.
///
/// # Safety
///
/// The bytes at `target` must be mapped writable, belong to nobody else, and not overlap `source`.
pub unsafe fn copy(target: HypVirt, source: &[u8]) {
    if features::get().vector {
        // SAFETY: the caller vouches for the target. No guest runs on this hart whose vectors could be lost: zones are
        // filled before they start.
        return unsafe { copy_by_vectors(target, source) };
    }
    let size = source.len() as u64;
    let aligned = (target.raw() | source.as_ptr() as u64).is_multiple_of(8);
    let bulk = if aligned { size / STEP * STEP } else { 0 };
    // SAFETY: the caller vouches for the target; the loop moves `bulk` bytes, no more than the source has.
    unsafe {
        core::arch::asm!(
            "add {end}, {to}, {end}",
            "1: bgeu {to}, {end}, 2f",
            "ld {a}, 0({from})",
            "ld {b}, 8({from})",
            "ld {c}, 16({from})",
            "ld {d}, 24({from})",
            "sd {a}, 0({to})",
            "sd {b}, 8({to})",
            "sd {c}, 16({to})",
            "sd {d}, 24({to})",
            "ld {a}, 32({from})",
            "ld {b}, 40({from})",
            "ld {c}, 48({from})",
            "ld {d}, 56({from})",
            "sd {a}, 32({to})",
            "sd {b}, 40({to})",
            "sd {c}, 48({to})",
            "sd {d}, 56({to})",
            "addi {from}, {from}, {step}",
            "addi {to}, {to}, {step}",
            "j 1b",
            "2:",
            to = inout(reg) target.raw() => _,
            from = inout(reg) source.as_ptr() => _,
            end = inout(reg) bulk => _,
            a = out(reg) _,
            b = out(reg) _,
            c = out(reg) _,
            d = out(reg) _,
            step = const STEP,
            options(nostack)
        )
    };
    let rest = source.get(bulk as usize..).unwrap_or_default();
    let to = target.raw().wrapping_add(bulk) as *mut u8;
    // SAFETY: what the loop left over, still inside the caller's target.
    unsafe { core::ptr::copy_nonoverlapping(rest.as_ptr(), to, rest.len()) };
}

/// Copies by vector registers.
///
/// # Safety
///
/// As for [`copy`]; the hart has vectors, and those of its guest are of no use any more.
unsafe fn copy_by_vectors(target: HypVirt, source: &[u8]) {
    csr::enable_vectors();
    // SAFETY: the caller vouches for the target; each turn moves as many bytes as `vsetvli` grants, no more than are
    // left (vector specification, 6.3).
    unsafe {
        core::arch::asm!(
            ".option push",
            ".option arch, +v",
            "beqz {left}, 2f",
            "1: vsetvli {now}, {left}, e8, m8, ta, ma",
            "vle8.v v0, ({from})",
            "vse8.v v0, ({to})",
            "add {from}, {from}, {now}",
            "add {to}, {to}, {now}",
            "sub {left}, {left}, {now}",
            "bnez {left}, 1b",
            "2:",
            ".option pop",
            to = inout(reg) target.raw() => _,
            from = inout(reg) source.as_ptr() => _,
            left = inout(reg) source.len() => _,
            now = out(reg) _,
            options(nostack)
        )
    };
}

/// Memory reads the same for a guest that begins with its address translation off: RISC-V harts are coherent, and
/// nothing turns their caches off (privileged specification, 3.6.5 "Coherence and cacheability PMAs").
pub fn clean(_: HypVirt, _: u64) {}

/// Instructions were written to memory. Each hart fetches afresh before it enters a guest for the first time
/// (`prepare_vcpu`); here only the writes must be seen first.
pub fn instructions_written() {
    csr::fence();
}
