//! Counts interrupts in phases that are started from the console, so that what they cost can be read between them.
//!
//! vCPU 0 sends an IPI to vCPU 1, whose handler sends one back, as often as `ipis=N` (1000) says. Then it sets the
//! alarm of the goldfish RTC, which the zone owns, to a time in the past; the handler takes the interrupt back; that
//! `devices=M` (1000) times with the source set up for edges, and M times for a level, where the controller knows the
//! difference. On a machine with the AIA none of this leaves the guest.
//!
//! Keys, each taken by the UART's interrupt: `0` a phase without any, `1` a phase with all of them, `r` a reset of the
//! zone in the middle of an interrupt, `q` power-off. It prints `interrupts: ready` at first, and after each phase
//! `interrupts: ipis=N devices=M` with what the handlers counted. The numbers have five digits, so that two phases
//! print the same number of characters.
//!
//! riscv64 only: it has one of the two controllers that a zone can have there.
#![no_std]
#![no_main]

#[cfg(target_arch = "riscv64")]
mod riscv64;

#[cfg(target_arch = "riscv64")]
common::guest!(riscv64::run, riscv64::interrupt);

#[cfg(not(target_arch = "riscv64"))]
common::guest!(refuse, ignore);

#[cfg(not(target_arch = "riscv64"))]
fn refuse(_: &common::Options<'_>) {
    common::println!("interrupts: this architecture's controllers are not driven here");
}

#[cfg(not(target_arch = "riscv64"))]
fn ignore(_: u32) {}
