//! IPIs from hart to hart. QEMU runs the harts by turns when it counts instructions. The turn ends with WFI, and here
//! one hart always waits for the other, so that the counts are the same in every run.

use super::imsic::{self, IDENTITY, file_of};
use super::interrupts::{EXTERNAL, take};
use super::report::Report;
use common::machine::{self, vcpu};
use common::{Options, println};
use core::arch::asm;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// Whose IPIs the other hart answers.
static ASKER: AtomicUsize = AtomicUsize::new(0);
/// Whether IPIs to the other hart stay until it looks.
static LISTENS: AtomicBool = AtomicBool::new(false);

/// To another hart, and its answer: from the first store to the handler of the answer.
pub(super) fn measure(options: &Options<'_>, count: u64, report: &mut Report) {
    let own = vcpu();
    let Some(other) = (0..options.vcpus).find(|vcpu| *vcpu != own) else { return };
    ASKER.store(own, Relaxed);
    let error = machine::start(other as u64, answer);
    if error != 0 {
        return println!("meter: vCPU {other} does not start: {error}");
    }
    while !LISTENS.load(Relaxed) {
        core::hint::spin_loop();
    }
    let taken = take!(
        count,
        EXTERNAL,
        trigger: "csrci sstatus, 2; sw {identity}, 0({file})",
        // Nothing can arrive between the look at the interrupt and WFI while they are masked.
        wait: "wfi; csrsi sstatus, 2",
        acknowledge: "csrw stopei, zero",
        identity = in(reg) IDENTITY,
        file = in(reg) file_of(other),
    );
    report.add("ipi_to_other_hart_and_back", count, taken.to_handler);
}

/// Answers IPIs for ever, without a handler.
fn answer() {
    imsic::initialise();
    let file = file_of(ASKER.load(Relaxed));
    LISTENS.store(true, Relaxed);
    // SAFETY: interrupts are masked: one that is enabled ends WFI only. The store is an IPI of this zone.
    unsafe {
        asm!(
            "csrw   sie, {external}",
            "2:",
            "wfi",
            "csrrw  {top}, stopei, zero",
            "beqz   {top}, 2b",
            "sw     {identity}, 0({file})",
            "j      2b",
            external = in(reg) 1u64 << EXTERNAL,
            identity = in(reg) IDENTITY,
            file = in(reg) file,
            top = out(reg) _,
            options(nostack),
        );
    }
}
