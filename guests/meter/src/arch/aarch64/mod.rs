//! arm64: a machine with a GICv3 or GICv2, wherever the device tree says that it is. The counter is CNTVCT_EL0, of
//! which a tick is an instruction where CNTFRQ_EL0 is 1 GHz and QEMU runs with `-icount shift=0`.

mod access;
mod calls;
mod cpus;
mod device;
mod gic;
mod handlers;
mod interrupts;
mod registers;
mod report;
mod sgi;
mod spi;
mod timer;
mod transport;

use common::{Options, println};
use report::Report;

/// Options: `idle=yes`, nothing is measured, the vCPU waits for ever; `after=MS`, that much later; `only=START`, the
/// measures alone whose names begin so; `device=yes`, the interrupt of the PL031 too; `transport=yes`, a virtio transport's registers too.
pub(crate) fn measure(options: &Options<'_>, count: u64) {
    if options.text("idle").is_some() {
        timer::wait_for_ever();
    }
    let Some(gic) = gic::find(options) else { return println!("meter: there is no GIC") };
    handlers::install();
    gic.initialise();
    timer::let_pass(gic, options.number("after", 0));
    let mut report = Report::new(count, options.text("only"));
    calls::measure(&mut report);
    registers::measure(gic, &mut report);
    sgi::measure(gic, &mut report);
    timer::measure(gic, &mut report);
    spi::measure(gic, &mut report);
    device::measure(options, gic, &mut report);
    transport::measure(options, &mut report);
    cpus::measure(options, gic, &mut report);
    report.print();
}
