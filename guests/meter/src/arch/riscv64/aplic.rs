//! Registers of the APLIC (AIA 1.0, chapter 4), as a driver uses them; and a message that it sends.

use super::devices::{RTC, SOURCE};
use super::imsic::IDENTITY;
use super::interrupts::{EXTERNAL, take};
use super::repeat::repeat;
use super::report::Report;
use common::Options;
use common::machine::{APLIC, vcpu};

const DOMAINCFG: u64 = APLIC;
const SOURCECFG: u64 = APLIC;
const SETIPNUM: u64 = APLIC + 0x1cdc;
const SETIENUM: u64 = APLIC + 0x1edc;
const GENMSI: u64 = APLIC + 0x3000;
const TARGET: u64 = APLIC + 0x3000;

/// domaincfg: interrupts on, delivery by MSI.
const ON: u32 = 1 << 8 | 1 << 2;
/// target: the place of the hart index.
const HART_INDEX: u32 = 18;

/// The UART's source, which every zone has.
const UART: u32 = 10;

/// sourcecfg: the source is not in use.
const INACTIVE: u32 = 0;
/// sourcecfg: pending while its wire is high.
const LEVEL_HIGH: u32 = 6;

/// Lets `source` send messages to this hart, one whenever its wire rises.
pub(super) fn enable(source: u32) {
    store(DOMAINCFG, ON);
    store(word(SOURCECFG, source), LEVEL_HIGH);
    store(word(TARGET, source), (vcpu() as u32) << HART_INDEX | IDENTITY);
    store(SETIENUM, source);
}

/// Ends what [`enable`] began.
pub(super) fn disable(source: u32) {
    store(word(SOURCECFG, source), INACTIVE);
}

/// What a driver of a device that the zone owns does to its source again and again: unmask it, and ask for its level.
fn measure_owned(options: &Options<'_>, count: u64, report: &mut Report) {
    if options.device(RTC).is_some() {
        enable(SOURCE);
        measure_store(report, "aplic_owned_setienum_write", count, SETIENUM, SOURCE);
        measure_store(report, "aplic_owned_setipnum_write", count, SETIPNUM, SOURCE);
        disable(SOURCE);
    }
}

/// Every measure of the APLIC itself.
pub(super) fn measure(options: &Options<'_>, count: u64, report: &mut Report) {
    enable(UART);
    let target = (vcpu() as u32) << HART_INDEX | IDENTITY;
    measure_load(report, "aplic_sourcecfg_read", count, word(SOURCECFG, UART));
    measure_load(report, "aplic_target_read", count, word(TARGET, UART));
    measure_store(report, "aplic_sourcecfg_write", count, word(SOURCECFG, UART), LEVEL_HIGH);
    measure_store(report, "aplic_target_write", count, word(TARGET, UART), target);
    measure_store(report, "aplic_setienum_write", count, SETIENUM, UART);
    measure_store(report, "aplic_setipnum_write", count, SETIPNUM, UART);
    disable(UART);

    let taken = take!(
        count,
        EXTERNAL,
        trigger: "sw {message}, 0({genmsi})",
        wait: "",
        acknowledge: "csrw stopei, zero",
        message = in(reg) target,
        genmsi = in(reg) GENMSI,
    );
    report.add("aplic_genmsi_to_handler", count, taken.to_handler);
    measure_owned(options, count, report);
}

/// The register of `source` among those that begin at `first`, source 0 having none of its own.
fn word(first: u64, source: u32) -> u64 {
    first + u64::from(source) * 4
}

/// By registers that functions need not preserve, as drivers mostly do: emulating an access by another takes longer.
fn measure_load(report: &mut Report, name: &'static str, count: u64, address: u64) {
    let instructions = repeat!(count, "lw a0, 0(a1)", out("a0") _, in("a1") address);
    report.add(name, count, instructions);
}

/// See [`measure_load`].
fn measure_store(report: &mut Report, name: &'static str, count: u64, address: u64, value: u32) {
    let instructions = repeat!(count, "sw a0, 0(a1)", in("a0") value, in("a1") address);
    report.add(name, count, instructions);
}

fn store(address: u64, value: u32) {
    // SAFETY: a register of the zone's own APLIC.
    unsafe { (address as *mut u32).write_volatile(value) };
}
