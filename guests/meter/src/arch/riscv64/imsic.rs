//! This hart's interrupt file (AIA 1.0, chapter 3), and IPIs through it.

use super::interrupts::{EXTERNAL, take};
use super::report::Report;
use common::machine::{FILE_SIZE, IMSIC, vcpu};
use core::arch::asm;

/// The interrupt identity of everything here.
pub(super) const IDENTITY: u32 = 1;

/// Numbers of siselect: delivery, threshold, the first enable bits.
const EIDELIVERY: u64 = 0x70;
const EITHRESHOLD: u64 = 0x72;
const EIE0: u64 = 0xc0;

/// Lets [`IDENTITY`] alone into this hart.
pub(super) fn initialise() {
    set(EITHRESHOLD, 0);
    set(EIE0, 1 << IDENTITY);
    set(EIDELIVERY, 1);
}

/// The page of a vCPU's interrupt file; its first register is seteipnum_le.
pub(super) fn file_of(vcpu: usize) -> u64 {
    IMSIC + vcpu as u64 * FILE_SIZE
}

/// An IPI of a hart to itself.
pub(super) fn measure(count: u64, report: &mut Report) {
    let taken = take!(
        count,
        EXTERNAL,
        trigger: "sw {identity}, 0({file})",
        wait: "",
        acknowledge: "csrw stopei, zero",
        identity = in(reg) IDENTITY,
        file = in(reg) file_of(vcpu()),
    );
    report.add("ipi_to_handler", count, taken.to_handler);
    report.add("ipi_round_trip", count, taken.round_trip);
}

fn set(register: u64, value: u64) {
    // SAFETY: registers of this hart's own interrupt file; interrupts are masked.
    unsafe { asm!("csrw siselect, {}", "csrw sireg, {}", in(reg) register, in(reg) value, options(nostack)) };
}
