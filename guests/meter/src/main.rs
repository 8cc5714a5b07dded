//! Counts the instructions that interrupts, calls to firmware and accesses to an interrupt controller take, in a zone
//! and without a hypervisor alike. Each measure is one line: `meter: NAME count=N instructions=I`, I being what N
//! repetitions took, without what it takes to count them. Last comes `meter: done`.
//!
//! The counter is that of QEMU with `-icount shift=0`: it counts the instructions of all harts at every privilege
//! level, so that what firmware and hypervisor execute is in it. Where it does not (on any real hart), the figures
//! mean nothing. Options: `count=N`, the repetitions (1000); `context=N`, the PLIC's context of this hart (0, which
//! a zone's vCPU 0 has; 1 without a hypervisor, where context 0 is that of the machine level).
#![no_std]
#![no_main]

mod arch;

use common::{Options, guest, println};

guest!(run, interrupt);

fn run(options: &Options<'_>) {
    arch::measure(options, options.number("count", 1000));
    println!("meter: done");
}

/// The measures take their interrupts by handlers of their own.
fn interrupt(_: u32) {}
