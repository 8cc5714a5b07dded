//! A device's interrupt, by APLIC and MSI or by the PLIC: the alarm of the goldfish RTC, where this machine or zone has one.

use super::interrupts::{EXTERNAL, take};
use super::report::Report;
use super::{aplic, plic};
use common::Options;

/// What the device tree calls the RTC.
pub(super) const RTC: &str = "google,goldfish-rtc";
/// Its source at the APLIC or PLIC of QEMU's `virt`.
pub(super) const SOURCE: u32 = 11;

/// Registers: the alarm's time, of which the store to the lower half sets it; interrupts allowed; taken back.
const ALARM_HIGH: u64 = 0xc;
const IRQ_ENABLED: u64 = 0x10;

/// An alarm in the past raises the interrupt at once.
pub(super) fn measure(options: &Options<'_>, has_aia: bool, count: u64, report: &mut Report) {
    let Some(rtc) = options.device(RTC) else { return };
    store(rtc.start + ALARM_HIGH, 0);
    store(rtc.start + IRQ_ENABLED, 1);
    match has_aia {
        true => by_msi(rtc.start, count, report),
        false => {
            by_wire(rtc.start, plic::enable(options, SOURCE), count, report);
            plic::disable(options);
        }
    }
    store(rtc.start + IRQ_ENABLED, 0);
}

fn by_msi(rtc: u64, count: u64, report: &mut Report) {
    aplic::enable(SOURCE);
    let taken = take!(
        count,
        EXTERNAL,
        // ALARM_LOW
        trigger: "sw zero, 0x8({rtc})",
        wait: "",
        // CLEAR_INTERRUPT, so that the wire falls.
        acknowledge: "sw zero, 0x1c({rtc}); csrw stopei, zero",
        rtc = in(reg) rtc,
    );
    aplic::disable(SOURCE);
    report.add("device_msi_to_handler", count, taken.to_handler);
    report.add("device_msi_round_trip", count, taken.round_trip);
}

/// `registers` are those of this hart's context of the PLIC.
fn by_wire(rtc: u64, registers: u64, count: u64, report: &mut Report) {
    let taken = take!(
        count,
        EXTERNAL,
        // ALARM_LOW
        trigger: "sw zero, 0x8({rtc})",
        wait: "",
        // The claim, CLEAR_INTERRUPT, and the completion.
        acknowledge: "lw {source}, 4({registers}); sw zero, 0x1c({rtc}); sw {source}, 4({registers})",
        rtc = in(reg) rtc,
        registers = in(reg) registers,
        source = out(reg) _,
    );
    report.add("device_wire_to_handler", count, taken.to_handler);
    report.add("device_wire_round_trip", count, taken.round_trip);
}

fn store(address: u64, value: u32) {
    // SAFETY: a register of the zone's own device.
    unsafe { (address as *mut u32).write_volatile(value) };
}
