//! What a guest gets from each kind of trapped access.

use proptest::prelude::*;
use vsysreg::names::*;
use vsysreg::traps::{self, cptr, hcr, mdcr};
use vsysreg::{Emulated, GuestIds, Outcome, RawIds, SysReg, decide};

fn read(reg: SysReg) -> Outcome {
    decide(&GuestIds::sanitise(&RawIds::default()), reg, true)
}

fn write(reg: SysReg) -> Outcome {
    decide(&GuestIds::sanitise(&RawIds::default()), reg, false)
}

#[test]
fn sgi_writes_are_emulated_and_reads_undefined() {
    for (reg, effect) in [
        (ICC_SGI1R_EL1, Emulated::Sgi1r),
        (ICC_ASGI1R_EL1, Emulated::Asgi1r),
        (ICC_SGI0R_EL1, Emulated::Sgi0r),
    ] {
        assert_eq!(write(reg), Outcome::Emulate(effect));
        assert_eq!(read(reg), Outcome::Undefined);
    }
}

#[test]
fn the_system_register_interface_cannot_be_switched_off() {
    assert_eq!(write(ICC_SRE_EL1), Outcome::Ignored);
    assert_eq!(read(ICC_SRE_EL1), Outcome::Value(7));
}

#[test]
fn debug_registers_are_inert() {
    for reg in [MDSCR_EL1, DBGBVR0_EL1, DBGBCR1_EL1, DBGWVR0_EL1, DBGWCR1_EL1, DBGPRCR_EL1, OSDLR_EL1] {
        assert_eq!(write(reg), Outcome::Ignored);
        assert_eq!(read(reg), Outcome::Value(0));
    }
}

#[test]
fn breakpoints_beyond_the_announced_two_are_undefined() {
    for op2 in 4..8 {
        assert_eq!(read(SysReg::new(2, 0, 0, 1, op2)), Outcome::Value(0));
        assert_eq!(read(SysReg::new(2, 0, 0, 2, op2)), Outcome::Undefined);
    }
}

#[test]
fn the_os_lock_is_implemented_and_open() {
    assert_eq!(read(OSLSR_EL1), Outcome::Value(8));
    assert_eq!(write(OSLAR_EL1), Outcome::Ignored);
    assert_eq!(read(OSLAR_EL1), Outcome::Undefined);
}

#[test]
fn writes_to_read_only_registers_are_undefined() {
    for reg in [OSLSR_EL1, MDRAR_EL1, MDCCSR_EL0, DBGAUTHSTATUS_EL1, SysReg::new(3, 0, 0, 4, 0)] {
        assert_eq!(write(reg), Outcome::Undefined);
    }
}

#[test]
fn auxiliary_control_reads_0_and_ignores_writes() {
    assert_eq!(read(ACTLR_EL1), Outcome::Value(0));
    assert_eq!(write(ACTLR_EL1), Outcome::Ignored);
}

#[test]
fn registers_of_hidden_features_are_undefined() {
    for (name, reg) in [
        ("PMCR_EL0", SysReg::new(3, 3, 9, 12, 0)),
        ("PMCCNTR_EL0", SysReg::new(3, 3, 9, 13, 0)),
        ("PMEVCNTR0_EL0", SysReg::new(3, 3, 14, 8, 0)),
        ("PMSCR_EL1", SysReg::new(3, 0, 9, 9, 0)),
        ("TRBLIMITR_EL1", SysReg::new(3, 0, 9, 11, 0)),
        ("TRFCR_EL1", SysReg::new(3, 0, 1, 2, 1)),
        ("TRCPRGCTLR", SysReg::new(2, 1, 0, 1, 0)),
        ("AMCR_EL0", SysReg::new(3, 3, 13, 2, 0)),
        ("ERRSELR_EL1", SysReg::new(3, 0, 5, 3, 1)),
        ("LORC_EL1", SysReg::new(3, 0, 10, 4, 3)),
        ("LORID_EL1", SysReg::new(3, 0, 10, 4, 7)),
        ("ZCR_EL1", SysReg::new(3, 0, 1, 2, 0)),
        ("SMCR_EL1", SysReg::new(3, 0, 1, 2, 6)),
        ("GCR_EL1", SysReg::new(3, 0, 1, 0, 6)),
        ("GMID_EL1", SysReg::new(3, 1, 0, 0, 4)),
        ("SCXTNUM_EL1", SysReg::new(3, 0, 13, 0, 7)),
        ("TCR2_EL1", SysReg::new(3, 0, 2, 0, 3)),
        ("implementation defined", SysReg::new(3, 1, 15, 2, 1)),
        ("implementation defined", SysReg::new(3, 0, 11, 0, 0)),
        ("VTTBR_EL2", SysReg::new(3, 4, 2, 1, 0)),
    ] {
        assert_eq!(read(reg), Outcome::Undefined, "{name}");
        assert_eq!(write(reg), Outcome::Undefined, "{name}");
    }
}

#[test]
fn every_access_has_an_outcome_that_fits_its_direction() {
    let ids = GuestIds::sanitise(&RawIds::default());
    for iss in 0..1 << 22 {
        let access = SysReg::from_iss(iss);
        match decide(&ids, access.reg, access.read) {
            Outcome::Value(_) | Outcome::EmulateRead(_) => assert!(access.read),
            Outcome::Ignored | Outcome::Emulate(_) => assert!(!access.read),
            Outcome::Undefined => {}
        }
    }
}

#[test]
fn a_cpu_without_extensions_gets_only_the_architectural_bits() {
    let none = RawIds { id_aa64dfr0_el1: 0x6, ..RawIds::default() };
    assert_eq!(traps::hcr_el2(&none, false), 0x803c_003b);
    assert_eq!(traps::mdcr_el2(&none, 6), 0xe00);
    assert_eq!(traps::cptr_el2(&none), 0x10_33ff);
}

#[test]
fn a_guest_with_direct_delivery_takes_irqs_and_no_fiqs() {
    let ids = RawIds::default();
    assert_eq!(traps::hcr_el2(&ids, true), traps::hcr_el2(&ids, false) & !hcr::IMO);
    assert_ne!(traps::hcr_el2(&ids, true) & hcr::FMO, 0);
}

#[test]
fn the_common_registers_of_the_cpu_interface_are_the_hypervisors_to_answer() {
    let ids = GuestIds::sanitise(&RawIds::default());
    for (reg, emulated) in [(ICC_PMR_EL1, Emulated::PriorityMask), (ICC_CTLR_EL1, Emulated::Control)] {
        assert_eq!(decide(&ids, reg, true), Outcome::EmulateRead(emulated));
        assert_eq!(decide(&ids, reg, false), Outcome::Emulate(emulated));
    }
}

#[test]
fn the_running_priority_is_read_only() {
    let ids = GuestIds::sanitise(&RawIds::default());
    let read = decide(&ids, ICC_RPR_EL1, true);
    assert_eq!(read, Outcome::EmulateRead(Emulated::RunningPriority));
    assert_eq!(decide(&ids, ICC_RPR_EL1, false), Outcome::Undefined);
}

#[test]
fn each_feature_of_the_cpu_arms_its_own_trap() {
    type Case = (RawIds, u64, u64, u64);
    let none = || RawIds::default();
    let cases: [Case; 7] = [
        (RawIds { id_aa64pfr0_el1: 1 << 28, ..none() }, hcr::TERR, 0, 0),
        (RawIds { id_aa64mmfr1_el1: 1 << 16, ..none() }, hcr::TLOR, 0, 0),
        (RawIds { id_aa64pfr1_el1: 2 << 8, ..none() }, hcr::TID5, 0, 0),
        (RawIds { id_aa64pfr0_el1: 1 << 44, ..none() }, 0, 0, cptr::TAM),
        (RawIds { id_aa64dfr0_el1: 4 << 8, ..none() }, 0, mdcr::TPM | mdcr::TPMCR | 6, 0),
        (RawIds { id_aa64dfr0_el1: 1 << 32, ..none() }, 0, mdcr::TPMS, 0),
        (RawIds { id_aa64dfr0_el1: 1 << 40, ..none() }, 0, mdcr::TTRF, 0),
    ];
    for (raw, hcr, mdcr, cptr) in cases {
        assert_eq!(traps::hcr_el2(&raw, false), traps::HCR_EL2 | hcr, "{raw:x?}");
        assert_eq!(traps::mdcr_el2(&raw, 6), traps::MDCR_EL2 | mdcr, "{raw:x?}");
        assert_eq!(traps::cptr_el2(&raw), traps::CPTR_EL2 | cptr, "{raw:x?}");
    }
}

#[test]
fn every_kind_of_pointer_authentication_runs_without_traps() {
    let pauth = hcr::API | hcr::APK;
    for low in [4, 8, 24, 28] {
        let raw = RawIds { id_aa64isar1_el1: 1 << low, ..RawIds::default() };
        assert_eq!(traps::hcr_el2(&raw, false) & pauth, pauth);
    }
    for low in [8, 12] {
        let raw = RawIds { id_aa64isar2_el1: 1 << low, ..RawIds::default() };
        assert_eq!(traps::hcr_el2(&raw, false) & pauth, pauth);
    }
}

#[test]
fn an_implementation_defined_pmu_arms_no_architectural_trap() {
    let raw = RawIds { id_aa64dfr0_el1: 0xf << 8, ..RawIds::default() };
    assert_eq!(traps::mdcr_el2(&raw, 6), traps::MDCR_EL2);
}

proptest! {
    /// SVE, SME and memory tags trap, floating point does not, and E2H stays 0, on any CPU.
    #[test]
    fn the_trap_controls_hold_on_any_cpu(pfr0: u64, pfr1: u64, isar1: u64, mmfr1: u64) {
        let raw = RawIds {
            id_aa64pfr0_el1: pfr0,
            id_aa64pfr1_el1: pfr1,
            id_aa64isar1_el1: isar1,
            id_aa64mmfr1_el1: mmfr1,
            ..RawIds::default()
        };
        let (e2h, ata, tge) = (1 << 34, 1 << 56, 1 << 27);
        prop_assert_eq!(traps::hcr_el2(&raw, false) & (e2h | ata | tge), 0);
        prop_assert_eq!(traps::hcr_el2(&raw, false) & traps::HCR_EL2, traps::HCR_EL2);
        let tfp = 1 << 10;
        prop_assert_eq!(traps::cptr_el2(&raw) & (tfp | cptr::TZ | cptr::TSM), cptr::TZ | cptr::TSM);
    }
}
