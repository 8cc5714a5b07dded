//! riscv64: what a machine with the AIA has, or one with a PLIC.

mod aplic;
mod calls;
mod devices;
mod harts;
mod imsic;
mod interrupts;
mod plic;
mod repeat;
mod timer;

use crate::report::Report;
use common::Options;
use common::machine::APLIC;

pub(crate) fn measure(options: &Options<'_>, count: u64, report: &mut Report) {
    calls::measure(count, report);
    timer::measure(count, report);
    if options.devices().any(|device| device.start == APLIC) {
        imsic::initialise();
        aplic::measure(count, report);
        imsic::measure(count, report);
        devices::measure(options, count, report);
        harts::measure(options, count, report);
    } else {
        plic::measure(options, count, report);
    }
}
