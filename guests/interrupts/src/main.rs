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
//! That is on riscv64. On arm64, in a zone that owns a PL031, it raises `devices=M` (1000) alarms, prints `interrupts:
//! alarms raised=M handled=N spurious=S`, S being the interrupts that found no alarm, and ends. In others it tries its CPU
//! interface, prints `interrupts: WHAT holds` or `FAILS` for each thing that the architecture promises, then `interrupts:
//! done`, and ends.
#![no_std]
#![no_main]

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "riscv64")]
mod riscv64;

#[cfg(target_arch = "aarch64")]
common::guest!(aarch64::run, aarch64::interrupt);
#[cfg(target_arch = "riscv64")]
common::guest!(riscv64::run, riscv64::interrupt);
