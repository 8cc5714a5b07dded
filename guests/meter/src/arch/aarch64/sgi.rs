//! SGIs of a vCPU to itself.

use super::gic::{Gic, SGI};
use super::handlers::Handler::Plain;
use super::interrupts::{Taken, take};
use super::report::Report;
use common::machine::vcpu;

pub(super) fn measure(gic: Gic, report: &mut Report<'_>) {
    gic.enable_private(SGI);
    report.measure("sgi_to_handler", || Some(send(gic)?.to_handler()));
    report.measure("sgi_to_end", || Some(send(gic)?.to_end()));
}

fn send(gic: Gic) -> Option<Taken> {
    let value = gic.sgi_to(vcpu());
    match gic.is_v3 {
        true => take!(gic, Plain, "msr s3_0_c12_c11_5, {value}", value = in(reg) value),
        false => {
            take!(gic, Plain, "str {value:w}, [{sgir}]", value = in(reg) value, sgir = in(reg) gic.sgir())
        }
    }
}
