//! A long random script over every register of the supervisor-level APLIC domain, for comparing the APLIC of a zone
//! with the machine's own: it runs unchanged in a zone, and under OpenSBI without a hypervisor. The same seed makes
//! the same script, and the console tells what was read, so that two logs that are alike mean two APLICs that are.
//!
//! Every hundred steps it prints `aplic-script: seed=S step=K hash=H`, H being a hash of all that has been read since
//! the start of this seed: registers, and the messages that arrived at the interrupt files. `dump=yes` prints what
//! goes into the last hundred steps, one access a line.
//!
//! Options: `seed=N` (1), `seeds=N` (1) of them in a row, `steps=N` (1000) for each, `dump=yes`, and `owned=N,N…`,
//! the sources that are physical ones in the zone. Two vCPUs. What the script leaves out is in `exclusions`.
#![no_std]
#![no_main]

use common::guest;

#[cfg(target_arch = "riscv64")]
mod riscv64;
#[cfg(target_arch = "riscv64")]
use riscv64::run;

/// There is no APLIC.
#[cfg(not(target_arch = "riscv64"))]
fn run(_: &common::Options<'_>) {
    common::println!("aplic-script: for riscv64 alone");
}

guest!(run, ignore);

/// What arrives is read from the interrupt files. The one interrupt that is let in only ends a sleep.
fn ignore(_: u32) {}
