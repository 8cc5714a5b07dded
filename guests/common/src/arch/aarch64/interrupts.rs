//! As much of a GICv3 (IHI 0069) as a guest with a few interrupts needs.

use super::machine::{self, DISTRIBUTOR, REDISTRIBUTOR_SIZE, REDISTRIBUTORS};
use core::arch::asm;

/// GICD_CTLR: EnableGrp1 and ARE.
const GICD_CTLR: u64 = DISTRIBUTOR;
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

fn read(address: u64) -> u32 {
    let value;
    // SAFETY: a register of this zone's own GIC.
    unsafe { asm!("ldr {:w}, [{}]", out(reg) value, in(reg) address, options(nostack)) };
    value
}

fn write(address: u64, value: u32) {
    // SAFETY: a register of this zone's own GIC, which holds no memory of ours.
    unsafe { asm!("str {:w}, [{}]", in(reg) value, in(reg) address, options(nostack)) };
}

fn redistributor() -> u64 {
    REDISTRIBUTORS + machine::vcpu() as u64 * REDISTRIBUTOR_SIZE
}

/// Makes this vCPU ready to take group 1 interrupts; none of its private ones is enabled yet.
pub fn initialise() {
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

/// Enables a private interrupt (INTID below 32) of this vCPU at priority 0x80.
pub fn enable(intid: u32) {
    set_priority(intid, 0x80);
    write(redistributor() + ISENABLER0, 1 << intid);
}

/// Sets the priority of a private interrupt of this vCPU.
pub fn set_priority(intid: u32, priority: u8) {
    let shift = intid % 4 * 8;
    let priorities = redistributor() + IPRIORITYR0 + u64::from(intid / 4 * 4);
    write(priorities, read(priorities) & !(0xff << shift) | u32::from(priority) << shift);
}

/// ICC_IAR1_EL1.
pub(crate) fn acknowledge() -> u32 {
    let intid: u64;
    // SAFETY: acknowledges an interrupt, which is what the exception code is called for.
    unsafe { asm!("mrs {}, s3_0_c12_c12_0", "dsb sy", out(reg) intid, options(nostack)) };
    intid as u32 & 0xff_ffff
}

/// ICC_EOIR1_EL1.
pub(crate) fn end(intid: u32) {
    // SAFETY: ends the interrupt that `acknowledge` returned.
    unsafe { asm!("msr s3_0_c12_c12_1, {}", "isb", in(reg) u64::from(intid), options(nostack)) };
}

/// Writes ICC_SGI1R_EL1.
pub fn send_sgi(value: u64) {
    // SAFETY: SGIs reach vCPUs of this zone, whose handlers expect any.
    unsafe { asm!("msr s3_0_c12_c11_5, {}", "isb", in(reg) value, options(nostack)) };
}

/// Takes no group 1 interrupt any more on this vCPU, until [`initialise`].
pub fn refuse() {
    // SAFETY: ICC_IGRPEN1_EL1 = 0.
    unsafe { asm!("msr s3_0_c12_c12_7, xzr", "isb", options(nostack)) };
}

/// Lets interrupts in.
pub fn unmask() {
    // SAFETY: the vector table is in place, and handlers touch only atomics.
    unsafe { asm!("msr daifclr, #2", options(nostack)) };
}

/// Keeps interrupts out.
pub fn mask() {
    // SAFETY: masking is always sound.
    unsafe { asm!("msr daifset, #2", options(nostack)) };
}
