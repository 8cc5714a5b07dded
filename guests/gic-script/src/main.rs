//! A long random script over a GIC, a GICv3 or a GICv2, for comparing the GIC of a zone with the machine's own: it runs unchanged in a
//! zone, and at EL1 without a hypervisor. The same seed makes the same script, and the console tells what was read,
//! so that two logs that are alike mean two GICs that are.
//!
//! For each seed it prints `gic-script: seed=S hash=H reads=N acknowledged=M`, H being a hash of all that was read, once all
//! are played. `dump=yes` prints all that a seed did and read, one access a line, when it is over.
//!
//! Options: `seed=N` (1), `seeds=N` (1) of them in a row, `steps=N` (300) for each, `dump=yes`. With one vCPU the
//! script plays on that one, with two or more on the first two, except that every other seed leaves the second alone.
//! Interrupts stay masked: what would be taken is read from ISR_EL1 and the acknowledge registers. What the script
//! leaves out is in `exclusions`.
#![no_std]
#![no_main]

use common::guest;

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "aarch64")]
use aarch64::run;

/// There is no GIC.
#[cfg(not(target_arch = "aarch64"))]
fn run(_: &common::Options<'_>) {
    common::println!("gic-script: for arm64 alone");
}

guest!(run, ignore);

/// No interrupt is let in.
fn ignore(_: u32) {}
