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
mod transport;

use common::Options;
use common::machine::APLIC;
use report::Report;

/// Options: `context=N`, the PLIC's context of this hart (0, which a zone's vCPU 0 has; 1 without a hypervisor, where
/// context 0 is that of the machine level); `transport=yes`, a virtio transport's registers too; `only=device` or
/// `only=transport`, nothing but the interrupt of the device, or those registers.
pub(crate) fn measure(options: &Options<'_>, count: u64) {
    let mut report = Report::default();
    let only = options.text("only");
    let has_aia = options.devices().any(|device| device.start == APLIC);
    if has_aia {
        imsic::initialise();
    }
    if only.is_none() {
        calls::measure(count, &mut report);
        timer::measure(count, &mut report);
        if has_aia {
            aplic::measure(options, count, &mut report);
            imsic::measure(count, &mut report);
        } else {
            plic::measure(options, count, &mut report);
        }
    }
    if only.is_none_or(|only| only == "device") {
        devices::measure(options, has_aia, count, &mut report);
    }
    if only.is_none_or(|only| only == "transport") {
        transport::measure(options, count, &mut report);
    }
    if only.is_none() && has_aia {
        harts::measure(options, count, &mut report);
    }
    report.print();
}
