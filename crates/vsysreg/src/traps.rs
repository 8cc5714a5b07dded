//! Which accesses of a guest trap to EL2: the control registers' values, with a reason for each bit. The
//! outcomes of these traps are in [`crate::decide`]. Layouts are those of HCR_EL2.E2H = 0.

use crate::RawIds;

/// HCR_EL2, Hypervisor Configuration Register (DDI 0487, D24.2).
pub mod hcr {
    /// Stage 2 translation on.
    pub const VM: u64 = 1 << 0;
    /// A guest's invalidate by set/way also cleans: it must not throw away others' data.
    pub const SWIO: u64 = 1 << 1;
    /// Physical FIQs go to EL2, and the guest's group 0 interface is the virtual one.
    pub const FMO: u64 = 1 << 3;
    /// Physical IRQs go to EL2, and the guest's group 1 interface is the virtual one.
    pub const IMO: u64 = 1 << 4;
    /// Physical SErrors go to EL2: a board's error is not one guest's to handle.
    pub const AMO: u64 = 1 << 5;
    /// ID group 3 reads trap: guests see [`crate::GuestIds`].
    pub const TID3: u64 = 1 << 18;
    /// SMC traps: no guest reaches the firmware.
    pub const TSC: u64 = 1 << 19;
    /// Implementation-defined registers (CRn 11 and 15) trap: they can tune or stop the CPU.
    pub const TIDCP: u64 = 1 << 20;
    /// ACTLR_EL1 traps.
    pub const TACR: u64 = 1 << 21;
    /// EL1 is AArch64.
    pub const RW: u64 = 1 << 31;
    /// Limited-ordering regions trap. Only with FEAT_LOR.
    pub const TLOR: u64 = 1 << 35;
    /// RAS error records trap: they belong to the machine. Only with FEAT_RAS.
    pub const TERR: u64 = 1 << 36;
    /// Pointer-authentication key registers do not trap. Only with FEAT_PAuth.
    pub const APK: u64 = 1 << 40;
    /// Pointer-authentication instructions do not trap. Only with FEAT_PAuth.
    pub const API: u64 = 1 << 41;
    /// GMID_EL1 traps. Only with FEAT_MTE2; ATA stays 0, which traps the other tag registers and makes all
    /// memory untagged.
    pub const TID5: u64 = 1 << 58;
}

/// HCR_EL2 as every CPU has it; [`hcr_el2`] adds what depends on the CPU. EnSCXT stays 0: SCXTNUM_ELx trap.
pub const HCR_EL2: u64 = hcr::VM
    | hcr::SWIO
    | hcr::FMO
    | hcr::IMO
    | hcr::AMO
    | hcr::TID3
    | hcr::TSC
    | hcr::TIDCP
    | hcr::TACR
    | hcr::RW;

/// HCR_EL2 for a guest on the CPU with these identification registers. Bits of features that the CPU lacks are
/// RES0 and stay clear. A guest whose interrupts are delivered directly takes IRQs, which are group 1, itself; FIQs,
/// group 0, are the hypervisor's.
pub const fn hcr_el2(ids: &RawIds, directly: bool) -> u64 {
    let pfr0 = ids.id_aa64pfr0_el1;
    let mut value = if directly { HCR_EL2 & !hcr::IMO } else { HCR_EL2 };
    if field(ids.id_aa64mmfr1_el1, 16) != 0 {
        value |= hcr::TLOR;
    }
    if field(pfr0, 28) != 0 {
        value |= hcr::TERR;
    }
    if field(ids.id_aa64pfr1_el1, 8) >= 2 {
        value |= hcr::TID5;
    }
    let isar1 = ids.id_aa64isar1_el1;
    // Each kind of PAuth has its own field: APA, API, GPA, GPI, and QARMA3's GPA3 and APA3.
    if isar1 & 0xff00_0ff0 != 0 || ids.id_aa64isar2_el1 & 0xff00 != 0 {
        value |= hcr::APK | hcr::API;
    }
    value
}

/// MDCR_EL2, Monitor Debug Configuration Register (DDI 0487, D24.3).
pub mod mdcr {
    /// PMCR_EL0 traps. Only with a PMU.
    pub const TPMCR: u64 = 1 << 5;
    /// All PMU registers trap. Only with a PMU.
    pub const TPM: u64 = 1 << 6;
    /// Debug registers trap, save those of the next two.
    pub const TDA: u64 = 1 << 9;
    /// OS lock, double lock and power-down registers trap.
    pub const TDOSA: u64 = 1 << 10;
    /// Debug ROM address registers trap.
    pub const TDRA: u64 = 1 << 11;
    /// Statistical profiling controls trap. Only with FEAT_SPE; E2PB stays 0, which traps the buffer's registers.
    pub const TPMS: u64 = 1 << 14;
    /// Trace filter controls trap. Only with FEAT_TRF; E2TB stays 0, which traps the trace buffer's registers.
    pub const TTRF: u64 = 1 << 19;
}

/// MDCR_EL2 as every CPU has it; [`mdcr_el2`] adds what depends on the CPU. TDE stays 0: debug exceptions, of
/// which a guest can raise only BRK, are its own.
pub const MDCR_EL2: u64 = mdcr::TDA | mdcr::TDOSA | mdcr::TDRA;

/// MDCR_EL2 for a guest on the CPU with these identification registers and this many PMU event counters
/// (PMCR_EL0.N, 0 to 31; ignored where there is no PMU). HPMN below the number that EL1 and EL0 may use needs
/// FEAT_HPMN0 to be 0, so that all counters are left to the guest on paper, and trap.
pub const fn mdcr_el2(ids: &RawIds, event_counters: u8) -> u64 {
    let dfr0 = ids.id_aa64dfr0_el1;
    let mut value = MDCR_EL2;
    let pmu = field(dfr0, 8);
    if pmu != 0 && pmu != 0xf {
        value |= mdcr::TPM | mdcr::TPMCR | (event_counters & 0x1f) as u64;
    }
    if field(dfr0, 32) != 0 {
        value |= mdcr::TPMS;
    }
    if field(dfr0, 40) != 0 {
        value |= mdcr::TTRF;
    }
    value
}

/// CPTR_EL2, Architectural Feature Trap Register (DDI 0487, D24.2).
pub mod cptr {
    /// Bits 13, 9 and 7 to 0, which are RES1.
    pub const RES1: u64 = 0x22ff;
    /// SVE traps; RES1 without SVE.
    pub const TZ: u64 = 1 << 8;
    /// SME traps; RES1 without SME.
    pub const TSM: u64 = 1 << 12;
    /// Trace registers trap.
    pub const TTA: u64 = 1 << 20;
    /// Activity monitors trap. Only with FEAT_AMUv1.
    pub const TAM: u64 = 1 << 30;
}

/// CPTR_EL2 as every CPU has it; [`cptr_el2`] adds what depends on the CPU. TFP stays 0: floating point and
/// Advanced SIMD are the guest's, and the hypervisor never uses them.
pub const CPTR_EL2: u64 = cptr::RES1 | cptr::TZ | cptr::TSM | cptr::TTA;

/// CPTR_EL2 for a guest on the CPU with these identification registers.
pub const fn cptr_el2(ids: &RawIds) -> u64 {
    if field(ids.id_aa64pfr0_el1, 44) != 0 { CPTR_EL2 | cptr::TAM } else { CPTR_EL2 }
}

/// HSTR_EL2 (D24.2): AArch32 EL1 does not exist, so that there is no CP15 register to trap by number.
pub const HSTR_EL2: u64 = 0;

/// HCRX_EL2 (D24.2), to be written where FEAT_HCX is implemented: its bits enable what this crate hides
/// (MOPS, TCR2_EL1, SCTLR2_EL1, GCS, LS64, FPMR…), and none is set.
pub const HCRX_EL2: u64 = 0;

/// Every fine-grained trap register (HFGRTR, HFGWTR, HFGITR, HDFGRTR, HDFGWTR; D24.2), to be written where FEAT_FGT
/// is implemented; what HAFGRTR is about traps by CPTR_EL2.TAM whatever that holds. At 0 the older registers do not trap a second way, while the `n` bits
/// of newer ones (permission indirection and overlay, GCS, BRBE, RCWMASK…) do trap.
pub const FINE_GRAINED_TRAPS: u64 = 0;

/// CNTHCTL_EL2 (D24.10): the guest uses the physical counter and the EL1 physical timer without traps
/// (EL1PCTEN, EL1PCEN); no event stream, no offset.
pub const CNTHCTL_EL2: u64 = 0b11;

/// The 4-bit field of an ID register whose lowest bit is `low`.
const fn field(register: u64, low: u32) -> u64 {
    (register >> low) & 0xf
}
