//! GICv2 (IHI 0048). Interrupts are in group 0, which is signalled as IRQ.

use super::super::machine::{CPU_INTERFACE, DISTRIBUTOR};
use super::{read, write};

const GICD_CTLR: u64 = DISTRIBUTOR;
const GICD_IGROUPR0: u64 = DISTRIBUTOR + 0x080;
const GICD_ISENABLER0: u64 = DISTRIBUTOR + 0x100;
const GICD_ICENABLER0: u64 = DISTRIBUTOR + 0x180;
const GICD_ICPENDR0: u64 = DISTRIBUTOR + 0x280;
const GICD_ICACTIVER0: u64 = DISTRIBUTOR + 0x380;
/// The priorities of private interrupts, banked for each vCPU.
pub(super) const GICD_IPRIORITYR: u64 = DISTRIBUTOR + 0x400;
/// The targets of interrupts, from the distributor's start.
pub(super) const GICD_ITARGETSR: u64 = 0x800;
const GICD_SGIR: u64 = DISTRIBUTOR + 0xf00;
const GICC_CTLR: u64 = CPU_INTERFACE;
const GICC_PMR: u64 = CPU_INTERFACE + 0x04;
const GICC_IAR: u64 = CPU_INTERFACE + 0x0c;
const GICC_EOIR: u64 = CPU_INTERFACE + 0x10;

/// GICD_CTLR and GICC_CTLR: EnableGrp0, and nothing else.
const ENABLE_GROUP0: u32 = 1;

pub(super) fn initialise() {
    write(GICD_CTLR, ENABLE_GROUP0);
    write(GICD_ICENABLER0, !0);
    write(GICD_ICPENDR0, !0);
    write(GICD_ICACTIVER0, !0);
    write(GICD_IGROUPR0, 0);
    write(GICC_PMR, 0xff);
    write(GICC_CTLR, ENABLE_GROUP0);
}

pub(super) fn enable(intid: u32) {
    write(GICD_ISENABLER0, 1 << intid);
}

pub(super) fn acknowledge() -> u32 {
    read(GICC_IAR)
}

pub(super) fn end(acknowledged: u32) {
    write(GICC_EOIR, acknowledged);
}

pub(super) fn send_sgi(value: u32) {
    write(GICD_SGIR, value);
}

pub(super) fn refuse() {
    write(GICC_CTLR, 0);
}
