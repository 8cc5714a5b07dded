//! SGIs from vCPU to vCPU. QEMU runs the CPUs by turns when it counts instructions. The turn ends with WFI, and here one
//! vCPU always waits for the other, so that the counts are the same in every run.

use super::gic::{self, Gic, SGI};
use super::handlers::{self, Handler};
use super::report::Report;
use common::machine::{self, vcpu};
use common::{Options, println};
use core::arch::asm;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};

/// Whose SGIs the other vCPU answers.
static ASKER: AtomicUsize = AtomicUsize::new(0);
/// Whether SGIs to the other vCPU stay until it looks.
static LISTENS: AtomicBool = AtomicBool::new(false);
/// The counter at the other vCPU's last handler.
static AT_HANDLER: AtomicU64 = AtomicU64::new(0);

/// To the first instruction of the handler on another vCPU, which waits by WFI.
pub(super) fn measure(options: &Options<'_>, gic: Gic, report: &mut Report<'_>) {
    let own = vcpu();
    let Some(other) = (0..options.vcpus).find(|vcpu| *vcpu != own) else { return };
    ASKER.store(own, SeqCst);
    let error = machine::start(other as u64, answer);
    if error != 0 {
        return println!("meter: vCPU {other} does not start: {error}");
    }
    while !LISTENS.load(SeqCst) {
        core::hint::spin_loop();
    }
    report.measure("ipi_to_handler", || {
        let before = send(gic, other);
        while !gic.take_pending() {
            wait();
        }
        Some(AT_HANDLER.load(SeqCst) - before - 1)
    });
}

/// Takes SGIs by a handler and answers each by one, for ever.
fn answer() {
    handlers::install();
    let gic = gic::found();
    gic.initialise();
    gic.enable_private(SGI);
    let asker = ASKER.load(SeqCst);
    LISTENS.store(true, SeqCst);
    loop {
        let at_handler: u64;
        // SAFETY: the handler changes x25 to x27 alone, which are named here. Nothing can arrive between the look at x27
        // and WFI while interrupts are masked; one that is pending ends WFI.
        unsafe {
            asm!(
                "mov  x27, xzr",
                "2:",
                "wfi",
                "msr  daifclr, #2",
                "msr  daifset, #2",
                "cbz  x27, 2b",
                out("x25") _,
                out("x26") _,
                out("x27") at_handler,
                in("x28") Handler::Plain.address(gic.is_v3),
                options(nostack),
            );
        }
        AT_HANDLER.store(at_handler, SeqCst);
        send(gic, asker);
    }
}

/// Sends [`SGI`]; returns the counter before.
fn send(gic: Gic, vcpu: usize) -> u64 {
    let before;
    let value = gic.sgi_to(vcpu);
    if gic.is_v3 {
        // SAFETY: an SGI of this machine, to a vCPU that expects it; what was stored before is seen there.
        unsafe {
            asm!("dsb ish", "mrs {}, cntvct_el0", "msr s3_0_c12_c11_5, {}", "isb", out(reg) before, in(reg) value);
        }
    } else {
        let sgir = gic.sgir();
        // SAFETY: as above, through a register of this machine's GIC.
        unsafe {
            asm!("dsb ish", "mrs {}, cntvct_el0", "str {:w}, [{}]", out(reg) before, in(reg) value, in(reg) sgir);
        }
    }
    before
}

/// WFI.
fn wait() {
    // SAFETY: waits only; an interrupt that is masked ends it too.
    unsafe { asm!("wfi", options(nomem, nostack)) };
}
