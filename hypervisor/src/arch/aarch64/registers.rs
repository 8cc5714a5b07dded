//! System registers by the names of the Arm ARM (DDI 0487, D24) and of the GIC specification (IHI 0069, 12.2).
//!
//! One line a register. `read` makes a safe getter. `guest` adds a safe setter: the register takes effect at
//! EL1 or EL0 only, so that no value harms the hypervisor (EL2's own timer, which can do no more than interrupt, is among these).
//! `hypervisor` adds an `unsafe` setter: the register
//! steers EL2 itself or what the guest can reach.

#![allow(dead_code, reason = "every register has its getter and setter, used or not")]

macro_rules! registers {
    (@get $name:ident, $encoding:literal) => {
        #[doc = concat!("Reads `", stringify!($name), "`.")]
        #[inline(always)]
        pub fn $name() -> u64 {
            let value: u64;
            // SAFETY: reading this register has no side effect on memory, and EL2 may always read it.
            unsafe { core::arch::asm!(concat!("mrs {}, ", $encoding), out(reg) value, options(nostack, preserves_flags)) };
            value
        }
    };
    ($(read $read:ident $set_read:ident $read_encoding:literal;)*
     $(guest $guest:ident $set_guest:ident $guest_encoding:literal;)*
     $(hypervisor $own:ident $set_own:ident $own_encoding:literal;)*) => {
        $(registers!(@get $read, $read_encoding);)*
        $(registers!(@get $guest, $guest_encoding);
        #[doc = concat!("Writes `", stringify!($guest), "`, which acts at EL1 and EL0 only.")]
        #[inline(always)]
        pub fn $set_guest(value: u64) {
            // SAFETY: the register has no effect at EL2: whatever the value, only the guest is touched.
            unsafe { core::arch::asm!(concat!("msr ", $guest_encoding, ", {}"), in(reg) value, options(nostack, preserves_flags)) };
        })*
        $(registers!(@get $own, $own_encoding);
        #[doc = concat!("Writes `", stringify!($own), "`.")]
        ///
        /// # Safety
        ///
        /// The value must keep the hypervisor's own memory and control flow, and every guest's confinement.
        #[inline(always)]
        pub unsafe fn $set_own(value: u64) {
            // SAFETY: the caller answers for the value.
            unsafe { core::arch::asm!(concat!("msr ", $own_encoding, ", {}"), in(reg) value, options(nostack, preserves_flags)) };
        })*
    };
}

registers! {
    read cntpct_el0 _a "cntpct_el0";
    read cntfrq_el0 _b "cntfrq_el0";
    read ctr_el0 _c "ctr_el0";
    read dczid_el0 _d "dczid_el0";
    read esr_el2 _e "esr_el2";
    read far_el2 _f "far_el2";
    read hpfar_el2 _g "hpfar_el2";
    read midr_el1 _h "midr_el1";
    read mpidr_el1 _i "mpidr_el1";
    read ich_vtr_el2 _j "S3_4_C12_C11_1";
    read ich_elrsr_el2 _l "S3_4_C12_C11_5";
    read icc_iar1_el1 _n "S3_0_C12_C12_0";
    read icc_iar0_el1 _o "S3_0_C12_C8_0";
    read icc_rpr_el1 _p "S3_0_C12_C11_3";

    guest actlr_el1 set_actlr_el1 "actlr_el1";
    guest afsr0_el1 set_afsr0_el1 "afsr0_el1";
    guest afsr1_el1 set_afsr1_el1 "afsr1_el1";
    guest amair_el1 set_amair_el1 "amair_el1";
    guest cntkctl_el1 set_cntkctl_el1 "cntkctl_el1";
    guest cntp_ctl_el0 set_cntp_ctl_el0 "cntp_ctl_el0";
    guest cntp_cval_el0 set_cntp_cval_el0 "cntp_cval_el0";
    guest cnthp_ctl_el2 set_cnthp_ctl_el2 "cnthp_ctl_el2";
    guest cnthp_cval_el2 set_cnthp_cval_el2 "cnthp_cval_el2";
    guest cntv_ctl_el0 set_cntv_ctl_el0 "cntv_ctl_el0";
    guest cntv_cval_el0 set_cntv_cval_el0 "cntv_cval_el0";
    guest contextidr_el1 set_contextidr_el1 "contextidr_el1";
    guest cpacr_el1 set_cpacr_el1 "cpacr_el1";
    guest csselr_el1 set_csselr_el1 "csselr_el1";
    guest elr_el1 set_elr_el1 "elr_el1";
    guest esr_el1 set_esr_el1 "esr_el1";
    guest far_el1 set_far_el1 "far_el1";
    guest mair_el1 set_mair_el1 "mair_el1";
    guest mdscr_el1 set_mdscr_el1 "mdscr_el1";
    guest par_el1 set_par_el1 "par_el1";
    guest sctlr_el1 set_sctlr_el1 "sctlr_el1";
    guest sp_el0 set_sp_el0 "sp_el0";
    guest sp_el1 set_sp_el1 "sp_el1";
    guest spsr_el1 set_spsr_el1 "spsr_el1";
    guest tcr_el1 set_tcr_el1 "tcr_el1";
    guest tpidr_el0 set_tpidr_el0 "tpidr_el0";
    guest tpidr_el1 set_tpidr_el1 "tpidr_el1";
    guest tpidrro_el0 set_tpidrro_el0 "tpidrro_el0";
    guest ttbr0_el1 set_ttbr0_el1 "ttbr0_el1";
    guest ttbr1_el1 set_ttbr1_el1 "ttbr1_el1";
    guest vbar_el1 set_vbar_el1 "vbar_el1";
    guest ich_vmcr_el2 set_ich_vmcr_el2 "S3_4_C12_C11_7";
    guest ich_hcr_el2 set_ich_hcr_el2 "S3_4_C12_C11_0";

    hypervisor cnthctl_el2 set_cnthctl_el2 "cnthctl_el2";
    hypervisor cntvoff_el2 set_cntvoff_el2 "cntvoff_el2";
    hypervisor cptr_el2 set_cptr_el2 "cptr_el2";
    hypervisor elr_el2 set_elr_el2 "elr_el2";
    hypervisor hcr_el2 set_hcr_el2 "hcr_el2";
    hypervisor hstr_el2 set_hstr_el2 "hstr_el2";
    hypervisor mdcr_el2 set_mdcr_el2 "mdcr_el2";
    hypervisor spsr_el2 set_spsr_el2 "spsr_el2";
    hypervisor tpidr_el2 set_tpidr_el2 "tpidr_el2";
    hypervisor vbar_el2 set_vbar_el2 "vbar_el2";
    hypervisor vmpidr_el2 set_vmpidr_el2 "vmpidr_el2";
    hypervisor vpidr_el2 set_vpidr_el2 "vpidr_el2";
    hypervisor vtcr_el2 set_vtcr_el2 "vtcr_el2";
    hypervisor vttbr_el2 set_vttbr_el2 "vttbr_el2";
    hypervisor icc_bpr1_el1 set_icc_bpr1_el1 "S3_0_C12_C12_3";
    hypervisor icc_ctlr_el1 set_icc_ctlr_el1 "S3_0_C12_C12_4";
    hypervisor icc_igrpen1_el1 set_icc_igrpen1_el1 "S3_0_C12_C12_7";
    hypervisor icc_pmr_el1 set_icc_pmr_el1 "S3_0_C4_C6_0";
    hypervisor icc_sre_el1 set_icc_sre_el1 "S3_0_C12_C12_5";
    hypervisor icc_sre_el2 set_icc_sre_el2 "S3_4_C12_C9_5";
}

/// Reads an identification register `S3_0_C0_Cm_op2`, all of which EL2 may read (unallocated ones read zero).
macro_rules! id_register {
    ($encoding:literal) => {{
        let value: u64;
        // SAFETY: identification registers are read-only and without side effects.
        unsafe {
            core::arch::asm!(concat!("mrs {}, ", $encoding), out(reg) value, options(nomem, nostack, preserves_flags))
        };
        value
    }};
}
pub(crate) use id_register;

/// Completes every earlier change of system registers before the next instruction (ISB).
#[inline(always)]
pub fn isb() {
    // SAFETY: a barrier changes no state.
    unsafe { core::arch::asm!("isb", options(nostack, preserves_flags)) };
}

/// Completes every earlier memory access and maintenance operation, system-wide (DSB SY).
#[inline(always)]
pub fn dsb() {
    // SAFETY: a barrier changes no state.
    unsafe { core::arch::asm!("dsb sy", options(nostack, preserves_flags)) };
}

/// Waits for an interrupt; one that is pending but masked ends the wait too (WFI).
#[inline(always)]
pub fn wfi() {
    // SAFETY: WFI only waits.
    unsafe { core::arch::asm!("dsb sy", "wfi", options(nostack, preserves_flags)) };
}
