//! Counts the instructions that interrupts, calls to firmware and accesses to an interrupt controller take, in a zone
//! and without a hypervisor alike, and under other hypervisors. Each measure is one line; last comes `meter: done`.
//!
//! - riscv64: `meter: NAME count=N instructions=I`, I being what N repetitions took, without what it takes to count them.
//! - arm64: `meter: NAME count=N median=M worst=W`, of one repetition.
//!
//! The counter is that of QEMU with `-icount shift=0`: it counts the instructions of all harts or CPUs at every privilege
//! level, so that what firmware and hypervisor execute is in it. Where it does not (on any real hart or CPU), the figures
//! mean nothing. Options: `count=N`, the repetitions (1000, on arm64 at most); those of each architecture are with it.
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
