//! riscv64.

use core::arch::{asm, global_asm};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use common::aia::{self, Mode};
use common::fault::Fault;
use common::{Options, interrupts, plic};

use super::Store;

/// The external interrupt in scause.
const EXTERNAL: u32 = 9;
/// The identity by which the source arrives at the interrupt file.
const IDENTITY: u32 = 1;
/// scause: access faults.
const INSTRUCTION_ACCESS_FAULT: u64 = 1;
const STORE_ACCESS_FAULT: u64 = 7;

/// Where the controllers are, 0 for what is not there, and the source.
static APLIC: AtomicU64 = AtomicU64::new(0);
static PLIC: AtomicU64 = AtomicU64::new(0);
static SOURCE: AtomicU64 = AtomicU64::new(0);

/// Enables the source. False where no controller is found.
pub(crate) fn open(options: &Options<'_>, source: u32) -> bool {
    for (kind, place) in [("riscv,aplic", &APLIC), ("sifive,plic-1.0.0", &PLIC)] {
        place.store(options.device(kind).map_or(0, |device| device.start), Relaxed);
    }
    SOURCE.store(source.into(), Relaxed);
    match (APLIC.load(Relaxed), PLIC.load(Relaxed)) {
        (0, 0) => return false,
        (0, controller) => {
            plic::open(controller);
            plic::set_enabled(controller, source, true);
        }
        (aplic, _) => {
            aia::open(aplic);
            aia::enable(aplic, source, Mode::Edge, IDENTITY);
        }
    }
    interrupts::enable(EXTERNAL);
    true
}

/// Hands on what has interrupted.
pub(crate) fn serve(number: u32, serve: impl Fn(u32)) {
    if number != EXTERNAL {
        return;
    }
    match PLIC.load(Relaxed) {
        0 => {
            while aia::claim().is_some() {
                serve(SOURCE.load(Relaxed) as u32);
            }
        }
        controller => {
            while let Some(source) = plic::claim(controller) {
                serve(source);
                plic::complete(controller, source);
            }
        }
    }
    // It was taken off before: see `interrupts::acknowledge`.
    interrupts::enable(EXTERNAL);
}

/// hvisor's query call.
pub(crate) fn query(address: u64) -> u64 {
    let result;
    // SAFETY: writes the structure at `address`, if at all.
    unsafe {
        asm!(
            "ecall",
            inlateout("a0") 5u64 => _,
            inlateout("a1") address => result,
            in("a2") 0,
            in("a6") 0,
            in("a7") 0x11_4514u64,
            options(nostack),
        );
    }
    result
}

/// Instructions so far (instret).
pub(crate) fn instructions() -> u64 {
    let value;
    // SAFETY: reads a counter.
    unsafe { asm!("csrr {}, instret", out(reg) value, options(nostack, preserves_flags)) };
    value
}

/// Copies bytes: fast where both addresses are multiples of 8, as those of the rings are.
///
/// # Safety
/// Both ranges must be memory, and that from `to` the caller's to write.
#[inline]
pub(crate) unsafe fn copy(to: u64, from: u64, len: usize) {
    let bulk = if (to | from).is_multiple_of(8) { len / 64 * 64 } else { 0 };
    // SAFETY: the caller's promise; the loops move `len` bytes.
    unsafe {
        asm!(
            "beqz {bulk}, 3f",
            "add {bulk}, {from}, {bulk}",
            "2: ld {a}, 0({from})",
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
            "addi {from}, {from}, 64",
            "addi {to}, {to}, 64",
            "bne {from}, {bulk}, 2b",
            "3: beq {from}, {end}, 5f",
            "4: lbu {a}, 0({from})",
            "sb {a}, 0({to})",
            "addi {from}, {from}, 1",
            "addi {to}, {to}, 1",
            "bne {from}, {end}, 4b",
            "5:",
            bulk = inout(reg) bulk => _,
            end = in(reg) from + len as u64,
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
    ".option push",
    ".option norvc",
    ".option arch, +a",
    ".balign 8",
    ".global ivc_stores",
    "ivc_stores:",
    "sb a1, 0(a0)",
    "ret",
    "sw a1, 0(a0)",
    "ret",
    "sd a1, 0(a0)",
    "ret",
    "amoswap.d a1, a2, (a0)",
    "ret",
    ".option pop",
    ".popsection",
);

/// Stores of several kinds.
pub(crate) const STORES: [Store; 4] = [Store(0), Store(1), Store(2), Store(3)];

/// Whether a store to `place` ended as one that the hypervisor refuses.
pub(crate) fn is_refused_store(fault: &Fault, place: u64) -> bool {
    fault.cause == STORE_ACCESS_FAULT && fault.address == place
}

/// Whether a fetch did.
pub(crate) fn is_refused_fetch(fault: &Fault) -> bool {
    fault.cause == INSTRUCTION_ACCESS_FAULT
}
