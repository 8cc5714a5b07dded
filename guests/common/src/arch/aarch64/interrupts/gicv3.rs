//! GICv3 (IHI 0069). Interrupts are in group 1.

use super::super::machine::{self, DISTRIBUTOR, REDISTRIBUTOR_SIZE, REDISTRIBUTORS};
use super::{read, write};
use core::arch::asm;

/// GICD_CTLR: EnableGrp1 and ARE.
const GICD_CTLR: u64 = DISTRIBUTOR;
const GICD_IROUTER: u64 = 0x6000;
const ENABLE_GROUP1_ARE: u32 = 1 << 1 | 1 << 4;
/// GICR_WAKER: ProcessorSleep, ChildrenAsleep.
const GICR_WAKER: u64 = 0x14;
const PROCESSOR_SLEEP: u32 = 1 << 1;
const CHILDREN_ASLEEP: u32 = 1 << 2;
/// The SGI frame of a redistributor, and registers in it.
const SGI_FRAME: u64 = 0x1_0000;
const IGROUPR0: u64 = SGI_FRAME + 0x80;
const ISENABLER0: u64 = SGI_FRAME + 0x100;
const ICENABLER0: u64 = SGI_FRAME + 0x180;
const ICPENDR0: u64 = SGI_FRAME + 0x280;
const ICACTIVER0: u64 = SGI_FRAME + 0x380;
const IPRIORITYR0: u64 = SGI_FRAME + 0x400;

fn redistributor() -> u64 {
    REDISTRIBUTORS + machine::vcpu() as u64 * REDISTRIBUTOR_SIZE
}

pub(super) fn initialise() {
    let base = redistributor();
    write(GICD_CTLR, ENABLE_GROUP1_ARE);
    // Again and again, because another vCPU may be writing there too.
    while read(base + GICR_WAKER) & CHILDREN_ASLEEP != 0 {
        write(base + GICR_WAKER, read(base + GICR_WAKER) & !PROCESSOR_SLEEP);
    }
    write(base + ICENABLER0, !0);
    write(base + ICPENDR0, !0);
    write(base + ICACTIVER0, !0);
    write(base + IGROUPR0, !0);
    // SAFETY: ICC_SRE_EL1.SRE, ICC_PMR_EL1 all priorities, ICC_IGRPEN1_EL1: interrupts stay masked in DAIF.
    unsafe {
        asm!(
            "msr s3_0_c12_c12_5, {one}",
            "isb",
            "msr s3_0_c4_c6_0, {all}",
            "msr s3_0_c12_c12_7, {one}",
            "isb",
            one = in(reg) 1u64,
            all = in(reg) 0xffu64,
            options(nostack),
        );
    }
}

/// Where the priorities of this vCPU's private interrupts are.
pub(super) fn priorities() -> u64 {
    redistributor() + IPRIORITYR0
}

pub(super) fn enable(intid: u32) {
    write(redistributor() + ISENABLER0, 1 << intid);
}

/// Routes a shared interrupt to vCPU 0, whose affinity is 0.
pub(super) fn route_to_first(intid: u32) {
    let router = DISTRIBUTOR + GICD_IROUTER + u64::from(intid) * 8;
    write(router, 0);
    write(router + 4, 0);
}

pub(super) fn acknowledge() -> u32 {
    let intid: u64;
    // SAFETY: acknowledges an interrupt, which is what the exception code is called for.
    unsafe { asm!("mrs {}, s3_0_c12_c12_0", "dsb sy", out(reg) intid, options(nostack)) };
    intid as u32 & 0xff_ffff
}

pub(super) fn end(intid: u32) {
    // SAFETY: ends the interrupt that `acknowledge` returned.
    unsafe { asm!("msr s3_0_c12_c12_1, {}", "isb", in(reg) u64::from(intid), options(nostack)) };
}

pub(super) fn send_sgi(value: u64) {
    // SAFETY: SGIs reach vCPUs of this zone, whose handlers expect any.
    unsafe { asm!("msr s3_0_c12_c11_5, {}", "isb", in(reg) value, options(nostack)) };
}

pub(super) fn refuse() {
    // SAFETY: ICC_IGRPEN1_EL1 = 0.
    unsafe { asm!("msr s3_0_c12_c12_7, xzr", "isb", options(nostack)) };
}
