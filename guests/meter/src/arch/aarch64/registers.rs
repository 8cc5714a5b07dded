//! Registers of the distributor and of the redistributors, as a driver uses them.

use super::gic::{self, BANK, Gic};
use super::report::Report;

/// Offsets in the distributor, and those of the first bank of private interrupts.
const TYPER: u64 = 0x4;
const BANKED: u64 = BANK * 4;
const PRIORITY: u64 = BANK * 32;
const CONFIGURATION: u64 = BANK * 8;

/// Every measure of registers. Writes write what is there already, or nothing, so that no interrupt follows.
pub(super) fn measure(gic: Gic, report: &mut Report<'_>) {
    let frame = gic.distributor;
    report.measure("gicd_typer_read", || read(frame + TYPER));
    if gic.has_spis() {
        gic.initialise_spis();
        report.measure("gicd_isenabler_read", || read(frame + gic::ISENABLER + BANKED));
        report.measure("gicd_ispendr_read", || read(frame + gic::ISPENDR + BANKED));
        report.measure("gicd_isactiver_read", || read(frame + gic::ISACTIVER + BANKED));
        report.measure("gicd_ipriorityr_read", || read(frame + gic::IPRIORITYR + PRIORITY));
        report.measure("gicd_isenabler_write", || write(frame + gic::ISENABLER + BANKED, gic::SPI));
        report.measure("gicd_icenabler_write", || write(frame + gic::ICENABLER + BANKED, gic::SPI));
        report.measure("gicd_icpendr_write", || write(frame + gic::ICPENDR + BANKED, gic::SPI));
        report.measure("gicd_ipriorityr_write", || write(frame + gic::IPRIORITYR + PRIORITY, 0xa0a0_a0a0));
        report.measure("gicd_icfgr_write", || write(frame + gic::ICFGR + CONFIGURATION, gic::ALL_EDGES));
        if gic.is_v3 {
            let router = frame + gic::IROUTER + BANK * 32 * 8;
            report.measure("gicd_irouter_read", || read_double(router));
            report.measure("gicd_irouter_write", || write_double(router, 0));
        }
    }
    if gic.is_v3 {
        let private = gic.private();
        report.measure("gicr_typer_read", || read_double(gic.redistributor() + 8));
        report.measure("gicr_isenabler_read", || read(private + gic::ISENABLER));
        report.measure("gicr_isenabler_write", || write(private + gic::ISENABLER, 1 << gic::SGI));
        report.measure("gicr_ipriorityr_write", || write(private + gic::IPRIORITYR, 0xa0a0_a0a0));
    }
}

/// Defines a function that executes one access between two readings of the counter.
macro_rules! access {
    ($name:ident ($($value:ident: $type:ty)?), $instruction:literal, $($operand:tt)*) => {
        fn $name(address: u64 $(, $value: $type)?) -> Option<u64> {
            let (before, after): (u64, u64);
            // SAFETY: a register of this machine's own GIC or of a device, which holds no memory of ours.
            unsafe {
                core::arch::asm!(
                    "mrs {before}, cntvct_el0",
                    $instruction,
                    "mrs {after}, cntvct_el0",
                    before = out(reg) before,
                    after = out(reg) after,
                    address = in(reg) address,
                    $($operand)*,
                    options(nostack),
                );
            }
            Some(after - before - 1)
        }
    };
}

pub(super) use access;

access!(read(), "ldr {value:w}, [{address}]", value = out(reg) _);
access!(read_double(), "ldr {value}, [{address}]", value = out(reg) _);
access!(write(value: u32), "str {value:w}, [{address}]", value = in(reg) value);
access!(write_double(value: u64), "str {value}, [{address}]", value = in(reg) value);
