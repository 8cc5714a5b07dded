//! Shared interrupts that software makes pending.

use super::access;
use super::gic::{BANK, Gic, ICENABLER, ISENABLER, ISPENDR, SPI};
use super::handlers::Handler;
use super::interrupts::{PATIENCE, take};
use super::report::Report;
use core::arch::asm;

/// One, and a whole bank at once.
pub(super) fn measure(gic: Gic, report: &mut Report<'_>) {
    if !gic.has_spis() {
        return;
    }
    let [set, clear, pend] =
        [ISENABLER, ICENABLER, ISPENDR].map(|register| gic.distributor + register + BANK * 4);
    gic.initialise_spis();
    access::write(set, SPI);
    report.measure("spi_to_handler", || {
        let taken =
            take!(gic, Handler::Plain, "str {spi:w}, [{pend}]", spi = in(reg) SPI, pend = in(reg) pend);
        Some(taken?.to_handler())
    });
    access::write(set, !0);
    report.measure("spi_storm_of_32", || storm(gic, pend));
    access::write(clear, !0);
}

/// All interrupts of the bank become pending by one store. From the store to the last end of interrupt.
fn storm(gic: Gic, pend: u64) -> Option<u64> {
    let (before, ended, left): (u64, u64, u64);
    // SAFETY: the handler changes x25 to x27 alone, which are named here; the store makes interrupts of this machine
    // pending and changes no memory.
    unsafe {
        asm!(
            "msr  daifclr, #2",
            "mrs  {before}, cntvct_el0",
            "str  {all:w}, [{pend}]",
            "2:",
            "cbz  x25, 3f",
            "subs {patience}, {patience}, #1",
            "b.ne 2b",
            "3:",
            "msr  daifset, #2",
            before = out(reg) before,
            all = in(reg) !0u64,
            pend = in(reg) pend,
            patience = inout(reg) PATIENCE => _,
            inout("x25") 32u64 => left,
            out("x26") ended,
            out("x27") _,
            in("x28") Handler::Storm.address(gic.is_v3),
        );
    }
    (left == 0).then(|| ended - before - 1)
}
