//! arm64.

use core::arch::{asm, global_asm};

use common::fault::Fault;
use common::{Options, interrupts, timer};

use super::Store;

/// ESR_EL1.EC: data and instruction aborts of this level; DFSC and IFSC: synchronous external abort, which is what this
/// hypervisor answers refused accesses with.
const DATA_ABORT: u64 = 0x25;
const INSTRUCTION_ABORT: u64 = 0x21;
const EXTERNAL: u64 = 0x10;

/// Enables the interrupt.
pub(crate) fn open(_: &Options<'_>, interrupt: u32) -> bool {
    interrupts::enable_shared(interrupt, interrupts::Trigger::Edge);
    true
}

/// Hands on what has interrupted.
pub(crate) fn serve(number: u32, serve: impl Fn(u32)) {
    serve(number);
}

/// hvisor's query call.
pub(crate) fn query(address: u64) -> u64 {
    let result;
    // SAFETY: writes the structure at `address`, if at all.
    unsafe {
        asm!("hvc #0x4856", inlateout("x0") 5u64 => result, in("x1") address, in("x2") 0, clobber_abi("C"));
    }
    result
}

/// Instructions so far, where one takes a tick of the counter.
pub(crate) fn instructions() -> u64 {
    timer::now()
}

/// Copies bytes: fast where both addresses are multiples of 8.
///
/// # Safety
/// Both ranges must be memory, and that from `to` the caller's to write.
#[inline]
pub(crate) unsafe fn copy(to: u64, from: u64, len: usize) {
    // SAFETY: the caller's promise; the loops move `len` bytes.
    unsafe {
        asm!(
            "subs {len}, {len}, #64",
            "b.lo 3f",
            "2: ldp {a}, {b}, [{from}]",
            "ldp {c}, {d}, [{from}, #16]",
            "stp {a}, {b}, [{to}]",
            "stp {c}, {d}, [{to}, #16]",
            "ldp {a}, {b}, [{from}, #32]",
            "ldp {c}, {d}, [{from}, #48]",
            "add {from}, {from}, #64",
            "stp {a}, {b}, [{to}, #32]",
            "stp {c}, {d}, [{to}, #48]",
            "add {to}, {to}, #64",
            "subs {len}, {len}, #64",
            "b.hs 2b",
            "3: adds {len}, {len}, #56",
            "b.mi 5f",
            "4: ldr {a}, [{from}], #8",
            "str {a}, [{to}], #8",
            "subs {len}, {len}, #8",
            "b.pl 4b",
            "5: adds {len}, {len}, #8",
            "b.eq 7f",
            "6: ldrb {a:w}, [{from}], #1",
            "strb {a:w}, [{to}], #1",
            "subs {len}, {len}, #1",
            "b.ne 6b",
            "7:",
            len = inout(reg) len => _,
            from = inout(reg) from => _,
            to = inout(reg) to => _,
            a = out(reg) _,
            b = out(reg) _,
            c = out(reg) _,
            d = out(reg) _,
            options(nostack),
        );
    }
}

global_asm!(
    ".pushsection .text.stores, \"ax\"",
    ".balign 8",
    ".global ivc_stores",
    "ivc_stores:",
    "strb w1, [x0]",
    "ret",
    "str w1, [x0]",
    "ret",
    "str x1, [x0]",
    "ret",
    "stp x1, x2, [x0]",
    "ret",
    ".popsection",
);

/// Stores of several kinds.
pub(crate) const STORES: [Store; 4] = [Store(0), Store(1), Store(2), Store(3)];

/// Whether a store to `place` ended as one that the hypervisor refuses.
pub(crate) fn is_refused_store(fault: &Fault, place: u64) -> bool {
    fault.cause >> 26 == DATA_ABORT && fault.cause & 0x3f == EXTERNAL && fault.address == place
}

/// Whether a fetch did.
pub(crate) fn is_refused_fetch(fault: &Fault) -> bool {
    fault.cause >> 26 == INSTRUCTION_ABORT && fault.cause & 0x3f == EXTERNAL
}
