//! A device's interrupt, by APLIC and MSI: the alarm of the goldfish RTC, where this machine or zone has one.

use super::aplic;
use super::interrupts::{EXTERNAL, take};
use super::report::Report;
use common::Options;

/// What the device tree calls the RTC.
const RTC: &str = "google,goldfish-rtc";
/// Its source at the APLIC of QEMU's `virt`.
const SOURCE: u32 = 11;

/// Registers: the alarm's time, of which the store to the lower half sets it; interrupts allowed; taken back.
const ALARM_HIGH: u64 = 0xc;
const IRQ_ENABLED: u64 = 0x10;

/// An alarm in the past raises the interrupt at once.
pub(super) fn measure(options: &Options<'_>, count: u64, report: &mut Report) {
    let Some(rtc) = options.device(RTC) else { return };
    aplic::enable(SOURCE);
    aplic::measure_owned(SOURCE, count, report);
    store(rtc.start + ALARM_HIGH, 0);
    store(rtc.start + IRQ_ENABLED, 1);
    let taken = take!(
        count,
        EXTERNAL,
        // ALARM_LOW
        trigger: "sw zero, 0x8({rtc})",
        wait: "",
        // CLEAR_INTERRUPT, so that the wire falls.
        acknowledge: "sw zero, 0x1c({rtc}); csrw stopei, zero",
        rtc = in(reg) rtc.start,
    );
    store(rtc.start + IRQ_ENABLED, 0);
    aplic::disable(SOURCE);
    report.add("device_msi_to_handler", count, taken.to_handler);
    report.add("device_msi_round_trip", count, taken.round_trip);
}

fn store(address: u64, value: u32) {
    // SAFETY: a register of the zone's own device.
    unsafe { (address as *mut u32).write_volatile(value) };
}
