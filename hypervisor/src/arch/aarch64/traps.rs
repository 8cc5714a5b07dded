//! What a guest may do by itself, and what comes to EL2: the trap registers of each CPU, written before it first
//! enters a guest. Their values, and what each trap answers, are in the crate `vsysreg`.

use vsysreg::{GuestIds, RawIds, traps};

use crate::cpu::Cpu;

use super::registers::{self, id_register};

/// Sets every trap of this CPU and remembers what its guest is told of it.
pub fn init(cpu: &Cpu) {
    let mut ids = read_ids();
    if super::has_gicv2() {
        // ID_AA64PFR0_EL1.GIC: system registers that the board's GIC does not answer to.
        ids.id_aa64pfr0_el1 &= !(0xf << 24);
    }
    // SAFETY: stage 2 is on from here (HCR_EL2.VM) and every register that reaches beyond a guest traps; EL2's
    // own state is not concerned.
    unsafe { registers::set_hcr_el2(traps::hcr_el2(&ids, cpu.arch.is_direct())) };
    // SAFETY: debug, trace and performance registers trap.
    unsafe { registers::set_mdcr_el2(traps::mdcr_el2(&ids, event_counters(&ids))) };
    // SAFETY: floating point belongs to the guest, EL2 uses none; trace, SVE, SME and activity monitors trap.
    unsafe { registers::set_cptr_el2(traps::cptr_el2(&ids)) };
    // SAFETY: AArch32 coprocessor registers exist at EL0 only, where stage 2 and the EL1 kernel confine them.
    unsafe { registers::set_hstr_el2(traps::HSTR_EL2) };
    // SAFETY: counters and EL1 timers act on this CPU's guest only.
    unsafe { registers::set_cnthctl_el2(traps::CNTHCTL_EL2) };
    // SAFETY: the virtual counter equals the physical one: zones share one notion of time.
    unsafe { registers::set_cntvoff_el2(0) };
    set_newer_controls(&ids);
    registers::isb();
    cpu.arch.guest_ids.call_once(|| GuestIds::sanitise(&ids));
}

/// Controls of newer architecture versions, whose reset value is unknown.
fn set_newer_controls(ids: &RawIds) {
    // ID_AA64MMFR0_EL1.FGT: HFG{R,W}TR_EL2, HFGITR_EL2, HDFG{R,W}TR_EL2.
    if ids.id_aa64mmfr0_el1 >> 56 & 0xf != 0 {
        let value = traps::FINE_GRAINED_TRAPS;
        // SAFETY: fine-grained traps only take from guests; the value is the one that `vsysreg` answers for.
        unsafe {
            core::arch::asm!(
                "msr S3_4_C1_C1_4, {value}",
                "msr S3_4_C1_C1_5, {value}",
                "msr S3_4_C1_C1_6, {value}",
                "msr S3_4_C3_C1_4, {value}",
                "msr S3_4_C3_C1_5, {value}",
                value = in(reg) value,
                options(nostack, preserves_flags)
            )
        };
    }
    // ID_AA64MMFR1_EL1.HCX.
    if ids.id_aa64mmfr1_el1 >> 40 & 0xf != 0 {
        // SAFETY: HCRX_EL2 enables features for guests; none of them is.
        unsafe {
            core::arch::asm!("msr S3_4_C1_C2_2, {}", in(reg) traps::HCRX_EL2, options(nostack, preserves_flags))
        };
    }
}

/// PMCR_EL0.N, where there is a performance monitor that the architecture defines.
fn event_counters(ids: &RawIds) -> u8 {
    match ids.id_aa64dfr0_el1 >> 8 & 0xf {
        0 | 0xf => 0,
        _ => (id_register!("S3_3_C9_C12_0") >> 11 & 0x1f) as u8,
    }
}

fn read_ids() -> RawIds {
    RawIds {
        id_pfr0_el1: id_register!("S3_0_C0_C1_0"),
        id_pfr1_el1: id_register!("S3_0_C0_C1_1"),
        id_dfr0_el1: id_register!("S3_0_C0_C1_2"),
        id_mmfr0_el1: id_register!("S3_0_C0_C1_4"),
        id_mmfr1_el1: id_register!("S3_0_C0_C1_5"),
        id_mmfr2_el1: id_register!("S3_0_C0_C1_6"),
        id_mmfr3_el1: id_register!("S3_0_C0_C1_7"),
        id_isar0_el1: id_register!("S3_0_C0_C2_0"),
        id_isar1_el1: id_register!("S3_0_C0_C2_1"),
        id_isar2_el1: id_register!("S3_0_C0_C2_2"),
        id_isar3_el1: id_register!("S3_0_C0_C2_3"),
        id_isar4_el1: id_register!("S3_0_C0_C2_4"),
        id_isar5_el1: id_register!("S3_0_C0_C2_5"),
        id_mmfr4_el1: id_register!("S3_0_C0_C2_6"),
        id_isar6_el1: id_register!("S3_0_C0_C2_7"),
        mvfr0_el1: id_register!("S3_0_C0_C3_0"),
        mvfr1_el1: id_register!("S3_0_C0_C3_1"),
        mvfr2_el1: id_register!("S3_0_C0_C3_2"),
        id_pfr2_el1: id_register!("S3_0_C0_C3_4"),
        id_mmfr5_el1: id_register!("S3_0_C0_C3_6"),
        id_aa64pfr0_el1: id_register!("S3_0_C0_C4_0"),
        id_aa64pfr1_el1: id_register!("S3_0_C0_C4_1"),
        id_aa64dfr0_el1: id_register!("S3_0_C0_C5_0"),
        id_aa64isar0_el1: id_register!("S3_0_C0_C6_0"),
        id_aa64isar1_el1: id_register!("S3_0_C0_C6_1"),
        id_aa64isar2_el1: id_register!("S3_0_C0_C6_2"),
        id_aa64mmfr0_el1: id_register!("S3_0_C0_C7_0"),
        id_aa64mmfr1_el1: id_register!("S3_0_C0_C7_1"),
        id_aa64mmfr2_el1: id_register!("S3_0_C0_C7_2"),
    }
}
