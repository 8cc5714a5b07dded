//! riscv64: what a machine with the AIA has, or one with a PLIC.

mod aplic;
mod calls;
mod devices;
mod harts;
mod imsic;
mod interrupts;
mod plic;
mod repeat;
mod report;
mod timer;

use common::Options;
use common::machine::APLIC;
use report::Report;

/// Option `context=N`: the PLIC's context of this hart (0, which a zone's vCPU 0 has; 1 without a hypervisor, where
/// context 0 is that of the machine level).
pub(crate) fn measure(options: &Options<'_>, count: u64) {
    let mut report = Report::default();
    calls::measure(count, &mut report);
    timer::measure(count, &mut report);
    if options.devices().any(|device| device.start == APLIC) {
        imsic::initialise();
        aplic::measure(count, &mut report);
        imsic::measure(count, &mut report);
        devices::measure(options, count, &mut report);
        harts::measure(options, count, &mut report);
    } else {
        plic::measure(options, count, &mut report);
    }
    report.print();
}
