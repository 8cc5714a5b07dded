//! The interrupt of a device: the alarm of a PL031 (DDI 0224), with the option `device=yes`. Software makes it pending
//! too, for a zone may have no shared interrupts but those of its devices.

use super::access::{read, write};
use super::gic::{BANK, Gic, ISPENDR};
use super::handlers::Handler::{Device, Plain};
use super::interrupts::take;
use super::report::Report;
use common::Options;

/// What the device tree calls it.
const KIND: &str = "arm,pl031";
/// Registers: the count; when to raise the interrupt; whether to.
const DR: u64 = 0;
const MR: u64 = 0x4;
const IMSC: u64 = 0x10;

/// An alarm for now raises the interrupt at once.
pub(super) fn measure(options: &Options<'_>, gic: Gic, report: &mut Report<'_>) {
    if options.text("device").is_none() || !gic.has_spis() {
        return;
    }
    let Some((rtc, interrupt)) = options.device(KIND).and_then(|rtc| Some((rtc.start, rtc.interrupt?)))
    else {
        return;
    };
    gic.initialise_spis();
    gic.enable_level(interrupt);
    let (pend, bit) = (gic.distributor + ISPENDR + BANK * 4, 1u32 << (interrupt % 32));
    report.measure("device_spi_to_handler", || {
        let taken = take!(gic, Plain, "str {bit:w}, [{pend}]", bit = in(reg) bit, pend = in(reg) pend);
        Some(taken?.to_handler())
    });
    write(rtc + IMSC, 1);
    let alarm = || {
        let now = read(rtc + DR);
        take!(
            gic,
            Device,
            "str {now:w}, [{alarm}]",
            now = in(reg) now,
            alarm = in(reg) rtc + MR,
            in("x24") rtc,
        )
    };
    report.measure("device_to_handler", || Some(alarm()?.to_handler()));
    report.measure("device_to_end", || Some(alarm()?.to_end()));
    write(rtc + IMSC, 0);
    gic.initialise_spis();
}
