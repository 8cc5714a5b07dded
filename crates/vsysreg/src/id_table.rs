//! The ID registers with something to show a guest, and of each the fields that are shown (DDI 0487, D24.2).
//!
//! All fields are four bits wide. A field that is not listed reads 0, and so does a register.

/// What happens to one field on the way to a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The physical value.
    Keep,
    /// The physical value, but not above this one: higher values add something that is hidden.
    AtMost(u8),
    /// As `AtMost`, for a signed field, where 8 to 15 are negative and mean "not implemented".
    SignedAtMost(u8),
    /// This value.
    Force(u8),
}

use Rule::{AtMost, Force, Keep, SignedAtMost};

/// A field's lowest bit and its rule.
pub(crate) type Field = (u8, Rule);

/// How many registers there are from S3_0_C0_C1_0 to S3_0_C0_C7_7.
pub(crate) const PLACES: usize = 7 * 8;

/// Those from S3_0_C0_C4_0 on describe AArch64, all before AArch32.
pub(crate) const FIRST_OF_AARCH64: usize = place(4, 0);

/// Which of them S3_0_C0_C`crm`_`op2` is; its `crm` is from 1 on.
const fn place(crm: usize, op2: usize) -> usize {
    crm.wrapping_sub(1).wrapping_mul(8).wrapping_add(op2)
}

macro_rules! id_registers {
    (
        aarch32 { $( $(#[$doc32:meta])* $name32:ident ($crm32:literal, $op32:literal): [$($field32:expr),* $(,)?]; )* }
        aarch64 { $( $(#[$doc64:meta])* $name64:ident ($crm64:literal, $op64:literal): [$($field64:expr),* $(,)?]; )* }
    ) => {
        /// The physical values of the ID registers that a guest may see something of.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct RawIds {
            $( $(#[$doc32])* pub $name32: u64, )*
            $( $(#[$doc64])* pub $name64: u64, )*
        }

        impl RawIds {
            /// The registers, each at its place.
            pub(crate) fn in_place(&self) -> [u64; PLACES] {
                let mut values = [0; PLACES];
                let mut set = |place, value| values.get_mut(place).map(|register| *register = value);
                $( set(place($crm32, $op32), self.$name32); )*
                $( set(place($crm64, $op64), self.$name64); )*
                values
            }
        }

        /// Every field that is shown, with the place of its register.
        pub(crate) const FIELDS: &[(u8, Field)] = &[
            $( $( (place($crm32, $op32) as u8, $field32), )* )*
            $( $( (place($crm64, $op64) as u8, $field64), )* )*
        ];
    };
}

id_registers! {
    aarch32 {
        /// ID_PFR0_EL1, AArch32 Processor Feature Register 0.
        id_pfr0_el1 (1, 0): [
            (0, Keep), (4, Keep), (8, Keep), (12, Keep), // State0 to State3: instruction sets
            (16, AtMost(1)), // CSV2
            (24, Keep), // DIT. Hidden: AMU, RAS
        ];
        /// ID_PFR1_EL1, AArch32 Processor Feature Register 1.
        id_pfr1_el1 (1, 1): [
            (0, Keep), // ProgMod
            (16, Keep), // GenTimer. Hidden: Security, Virtualization, GIC, which AArch32 EL1 would need
        ];
        /// ID_DFR0_EL1, AArch32 Debug Feature Register 0.
        id_dfr0_el1 (1, 2): [(0, Force(6))]; // CopDbg: Armv8. Hidden: trace, PMU
        /// ID_MMFR0_EL1, AArch32 Memory Model Feature Register 0.
        id_mmfr0_el1 (1, 4): [
            (0, Keep), (4, Keep), (8, Keep), (12, Keep), (16, Keep), (20, Force(0)), (24, Keep), (28, Keep),
        ];
        /// ID_MMFR1_EL1, AArch32 Memory Model Feature Register 1.
        id_mmfr1_el1 (1, 5): [
            (0, Keep), (4, Keep), (8, Keep), (12, Keep), (16, Keep), (20, Keep), (24, Keep), (28, Keep),
        ];
        /// ID_MMFR2_EL1, AArch32 Memory Model Feature Register 2.
        id_mmfr2_el1 (1, 6): [
            (0, Keep), (4, Keep), (8, Keep), (12, Keep), (16, Keep), (20, Keep), (24, Keep), (28, Keep),
        ];
        /// ID_MMFR3_EL1, AArch32 Memory Model Feature Register 3.
        id_mmfr3_el1 (1, 7): [
            (0, Keep), (4, Keep), (8, Keep), (12, Keep), (16, Keep), (20, Keep), (24, Keep), (28, Keep),
        ];
        /// ID_ISAR0_EL1, AArch32 Instruction Set Attribute Register 0.
        id_isar0_el1 (2, 0): [
            (0, Keep), (4, Keep), (8, Keep), (12, Keep), (16, Keep), (20, Keep), (24, Keep),
        ];
        /// ID_ISAR1_EL1, AArch32 Instruction Set Attribute Register 1.
        id_isar1_el1 (2, 1): [
            (0, Keep), (4, Keep), (8, Keep), (12, Keep), (16, Keep), (20, Keep), (24, Keep), (28, Keep),
        ];
        /// ID_ISAR2_EL1, AArch32 Instruction Set Attribute Register 2.
        id_isar2_el1 (2, 2): [
            (0, Keep), (4, Keep), (8, Keep), (12, Keep), (16, Keep), (20, Keep), (24, Keep), (28, Keep),
        ];
        /// ID_ISAR3_EL1, AArch32 Instruction Set Attribute Register 3.
        id_isar3_el1 (2, 3): [
            (0, Keep), (4, Keep), (8, Keep), (12, Keep), (16, Keep), (20, Keep), (24, Keep), (28, Keep),
        ];
        /// ID_ISAR4_EL1, AArch32 Instruction Set Attribute Register 4.
        id_isar4_el1 (2, 4): [
            (0, Keep), (4, Keep), (8, Keep), (16, Keep), (20, Keep), (24, Keep), (28, Keep), // Hidden: SMC
        ];
        /// ID_ISAR5_EL1, AArch32 Instruction Set Attribute Register 5.
        id_isar5_el1 (2, 5): [
            (0, Keep), (4, Keep), (8, Keep), (12, Keep), (16, Keep), (24, Keep), (28, Keep),
        ];
        /// ID_MMFR4_EL1, AArch32 Memory Model Feature Register 4.
        id_mmfr4_el1 (2, 6): [
            (0, Keep), // SpecSEI
            (12, Keep), // CnP
            (16, Keep), // HPDS
            (20, Keep), // LSM
            (24, Keep), // CCIDX. Hidden: AC2, XNX and EVT, controls of EL2
        ];
        /// ID_ISAR6_EL1, AArch32 Instruction Set Attribute Register 6.
        id_isar6_el1 (2, 7): [
            (0, Keep), (4, Keep), (8, Keep), (12, Keep), (16, Keep), (20, Keep), (24, Keep), (28, Keep),
        ];
        /// MVFR0_EL1, AArch32 Media and VFP Feature Register 0.
        mvfr0_el1 (3, 0): [
            (0, Keep), (4, Keep), (8, Keep), (12, Keep), (16, Keep), (20, Keep), (24, Keep), (28, Keep),
        ];
        /// MVFR1_EL1, AArch32 Media and VFP Feature Register 1.
        mvfr1_el1 (3, 1): [
            (0, Keep), (4, Keep), (8, Keep), (12, Keep), (16, Keep), (20, Keep), (24, Keep), (28, Keep),
        ];
        /// MVFR2_EL1, AArch32 Media and VFP Feature Register 2.
        mvfr2_el1 (3, 2): [(0, Keep), (4, Keep)];
        /// ID_PFR2_EL1, AArch32 Processor Feature Register 2.
        id_pfr2_el1 (3, 4): [
            (0, Keep), // CSV3
            (4, Keep), // SSBS. Hidden: RAS_frac
        ];
        /// ID_MMFR5_EL1, AArch32 Memory Model Feature Register 5.
        id_mmfr5_el1 (3, 6): [(0, Keep), (4, Keep)]; // ETS, nTLBPA
    }

    aarch64 {
        /// ID_AA64PFR0_EL1, Processor Feature Register 0.
        id_aa64pfr0_el1 (4, 0): [
            (0, Keep), // EL0: AArch32 stays where the CPU has it
            (4, Force(1)), // EL1: AArch64 only, as HCR_EL2.RW says
            (16, Keep), // FP
            (20, Keep), // AdvSIMD
            (24, AtMost(1)), // GIC: the system-register interface, virtual; not on boards with a GICv2
            (48, Keep), // DIT
            (56, AtMost(1)), // CSV2: from 2 on there are SCXTNUM_ELx, which trap
            (60, Keep), // CSV3
            // Hidden: EL2 and EL3 (nested virtualisation, and SMC that would reach firmware), RAS, SVE, SEL2,
            // MPAM, AMU, RME
        ];
        /// ID_AA64PFR1_EL1, Processor Feature Register 1.
        id_aa64pfr1_el1 (4, 1): [
            (0, Keep), // BT
            (4, Keep), // SSBS
            (32, AtMost(1)), // CSV2_frac: 2 brings SCXTNUM_ELx
            // Hidden: MTE, RAS_frac, MPAM_frac, SME, RNDR_trap, NMI, MTE_frac, GCS, THE, MTEX, DF2, PFAR
        ];
        /// ID_AA64DFR0_EL1, Debug Feature Register 0.
        id_aa64dfr0_el1 (5, 0): [
            (0, Force(6)), // DebugVer: Armv8, the least there is
            (12, Force(1)), // BRPs: two breakpoints, the fewest allowed
            (20, Force(1)), // WRPs: two watchpoints, the fewest allowed
            (36, Force(0xf)), // DoubleLock: not implemented
            // Hidden: TraceVer, PMUVer, PMSS, SEBEP, CTX_CMPs (0 is one), PMSVer, TraceFilt, TraceBuffer,
            // MTPMU, BRBE, ExtTrcBuff, HPMN0
        ];
        /// ID_AA64ISAR0_EL1, Instruction Set Attribute Register 0.
        id_aa64isar0_el1 (6, 0): [
            (4, Keep), (8, Keep), (12, Keep), // AES, SHA1, SHA2
            (16, Keep), // CRC32
            (20, AtMost(2)), // Atomic; 3 is FEAT_LSE128
            (28, Keep), // RDM
            (32, Keep), (36, Keep), (40, Keep), // SHA3, SM3, SM4
            (44, Keep), // DP
            (48, Keep), // FHM
            (52, Keep), // TS
            (56, Keep), // TLB: outer-shareable and range invalidation, both bound to the zone's VMID
            (60, Keep), // RNDR. Hidden: TME
        ];
        /// ID_AA64ISAR1_EL1, Instruction Set Attribute Register 1.
        id_aa64isar1_el1 (6, 1): [
            (0, Keep), // DPB
            (4, Keep), (8, Keep), // APA, API
            (12, Keep), // JSCVT
            (16, Keep), // FCMA
            (20, Keep), // LRCPC
            (24, Keep), (28, Keep), // GPA, GPI
            (32, Keep), // FRINTTS
            (36, Keep), // SB
            (40, Keep), // SPECRES
            (44, Keep), // BF16
            (48, Keep), // DGH
            (52, Keep), // I8MM
            (56, Keep), // XS. Hidden: LS64, which HCRX_EL2 traps
        ];
        /// ID_AA64ISAR2_EL1, Instruction Set Attribute Register 2.
        id_aa64isar2_el1 (6, 2): [
            (0, Keep), // WFxT: waits that end by themselves, never trapped
            (4, Keep), // RPRES
            (8, Keep), (12, Keep), // GPA3, APA3
            (20, Keep), // BC
            (24, Keep), // PAC_frac
            (28, Keep), // CLRBHB
            (48, Keep), // RPRFM
            (52, Keep), // CSSC. Hidden: MOPS (HCRX_EL2), 128-bit registers and instructions, ATS1A
        ];
        /// ID_AA64MMFR0_EL1, Memory Model Feature Register 0.
        id_aa64mmfr0_el1 (7, 0): [
            (0, AtMost(5)), // PARange: 48 bits, the most that stage 2 takes in
            (4, Keep), // ASIDBits
            (8, Keep), // BigEnd
            (16, Keep), // BigEndEL0
            (20, AtMost(1)), // TGran16; 2 is 52-bit addresses
            (24, Keep), // TGran64
            (28, SignedAtMost(0)), // TGran4; 1 is 52-bit addresses
            (44, Keep), // ExS
            (60, AtMost(1)), // ECV: 2 has an offset of the physical counter, an EL2 register
            // Hidden: SNSMem, TGran16_2, TGran64_2, TGran4_2 (stage 2), FGT
        ];
        /// ID_AA64MMFR1_EL1, Memory Model Feature Register 1.
        id_aa64mmfr1_el1 (7, 1): [
            (0, AtMost(2)), // HAFDBS; 3 and 4 have controls in TCR2_EL1 and at EL2
            (12, Keep), // HPDS
            (20, Keep), // PAN
            (24, Keep), // SpecSEI
            (36, Keep), // ETS
            (44, Keep), // AFP
            (48, Keep), // nTLBPA
            (60, Keep), // ECBHB
            // Hidden: VMIDBits, VH, LO, XNX, TWED, HCX, TIDCP1, CMOW
        ];
        /// ID_AA64MMFR2_EL1, Memory Model Feature Register 2.
        id_aa64mmfr2_el1 (7, 2): [
            (0, Keep), // CnP
            (4, Keep), // UAO
            (8, Keep), // LSM
            (16, AtMost(1)), // VARange; 2 needs 128-bit descriptors
            (20, Keep), // CCIDX: CCSIDR_EL1 does not trap, and this tells its format
            (28, Keep), // ST
            (32, Keep), // AT
            (36, AtMost(1)), // IDS
            (48, Keep), // TTL
            (52, Keep), // BBM
            (60, Keep), // E0PD
            // Hidden: IESB (of RAS), NV, FWB, EVT
        ];
    }
}
