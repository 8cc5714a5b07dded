//! What a guest learns from its ID registers.

use proptest::prelude::*;
use vsysreg::{GuestIds, Outcome, RawIds, SysReg, decide};

const PFR0: SysReg = SysReg::new(3, 0, 0, 4, 0);
const PFR1: SysReg = SysReg::new(3, 0, 0, 4, 1);
const DFR0: SysReg = SysReg::new(3, 0, 0, 5, 0);
const ISAR1: SysReg = SysReg::new(3, 0, 0, 6, 1);
const MMFR0: SysReg = SysReg::new(3, 0, 0, 7, 0);
const MMFR1: SysReg = SysReg::new(3, 0, 0, 7, 1);

fn field(value: u64, low: u32) -> u64 {
    value >> low & 0xf
}

/// A CPU with everything: as `raw` with all bits set, save that AArch32 is at EL0 and EL1.
fn full() -> RawIds {
    RawIds {
        id_pfr0_el1: !0,
        id_dfr0_el1: !0,
        id_aa64pfr0_el1: 0x1112_1111_1121_1122,
        id_aa64pfr1_el1: 0x1111_1112_1111_1321,
        id_aa64dfr0_el1: 0x1f1f_1f11_f210_f519,
        id_aa64isar0_el1: !0,
        id_aa64isar1_el1: !0,
        id_aa64isar2_el1: !0,
        id_aa64mmfr0_el1: 0x2100_1022_1012_1126,
        id_aa64mmfr1_el1: !0,
        id_aa64mmfr2_el1: !0,
        ..RawIds::default()
    }
}

fn shown(reg: SysReg) -> u64 {
    GuestIds::sanitise(&full()).read(reg)
}

#[test]
fn el2_and_el3_are_not_there() {
    assert_eq!(field(shown(PFR0), 8), 0);
    assert_eq!(field(shown(PFR0), 12), 0);
}

#[test]
fn el1_is_aarch64_only_and_el0_keeps_aarch32() {
    assert_eq!(field(shown(PFR0), 4), 1);
    assert_eq!(field(shown(PFR0), 0), 2);
}

#[test]
fn ras_sve_sel2_mpam_amu_and_rme_are_hidden() {
    for low in [28, 32, 36, 40, 44, 52] {
        assert_eq!(field(shown(PFR0), low), 0, "ID_AA64PFR0_EL1[{low}]");
    }
}

#[test]
fn mte_sme_nmi_and_gcs_are_hidden() {
    for low in [8, 24, 36, 44] {
        assert_eq!(field(shown(PFR1), low), 0, "ID_AA64PFR1_EL1[{low}]");
    }
}

#[test]
fn the_gic_system_register_interface_is_there_where_the_cpu_has_one_and_without_extensions() {
    assert_eq!(field(GuestIds::sanitise(&RawIds::default()).read(PFR0), 24), 0);
    assert_eq!(field(shown(PFR0), 24), 1);
}

#[test]
fn scxtnum_registers_are_not_announced() {
    assert_eq!(field(shown(PFR0), 56), 1);
    assert_eq!(field(shown(PFR1), 32), 1);
}

#[test]
fn debug_is_the_least_that_armv8_allows() {
    assert_eq!(shown(DFR0), 0xf0_0010_1006);
}

#[test]
fn pointer_authentication_is_kept_and_ls64_hidden() {
    assert_eq!(shown(ISAR1), 0x0fff_ffff_ffff_ffff);
}

#[test]
fn physical_addresses_have_at_most_48_bits_in_every_granule() {
    assert_eq!(field(shown(MMFR0), 0), 5);
    assert_eq!(field(shown(MMFR0), 20), 1);
    assert_eq!(field(shown(MMFR0), 28), 0);
}

#[test]
fn a_granule_that_the_cpu_lacks_stays_absent() {
    let raw = RawIds { id_aa64mmfr0_el1: 0xff00_0000, ..RawIds::default() };
    assert_eq!(GuestIds::sanitise(&raw).read(MMFR0), 0xff00_0000);
}

#[test]
fn stage_2_features_are_hidden() {
    for low in [4, 8, 16, 28, 32, 40] {
        assert_eq!(field(shown(MMFR1), low), 0, "ID_AA64MMFR1_EL1[{low}]");
    }
}

#[test]
fn aarch32_registers_read_0_on_a_cpu_without_aarch32() {
    let raw = RawIds { id_aa64pfr0_el1: 0x11, ..full() };
    let ids = GuestIds::sanitise(&raw);
    for (crm, op2) in (1..4).flat_map(|crm| (0..8).map(move |op2| (crm, op2))) {
        assert_eq!(ids.read(SysReg::new(3, 0, 0, crm, op2)), 0);
    }
}

#[test]
fn aarch32_registers_are_shown_where_el0_can_use_them() {
    assert_eq!(shown(SysReg::new(3, 0, 0, 1, 0)), 0x0f01_ffff);
    assert_eq!(shown(SysReg::new(3, 0, 0, 1, 2)), 6);
}

#[test]
fn reserved_encodings_and_registers_of_hidden_features_read_0() {
    let shown_registers = [(4, 0), (4, 1), (5, 0), (6, 0), (6, 1), (6, 2), (7, 0), (7, 1), (7, 2)];
    let ids = GuestIds::sanitise(&full());
    for crm in 4..8 {
        for op2 in (0..8).filter(|op2| !shown_registers.contains(&(crm, *op2))) {
            assert_eq!(decide(&ids, SysReg::new(3, 0, 0, crm, op2), true), Outcome::Value(0));
        }
    }
}

proptest! {
    /// Whatever the CPU claims, no field that names a feature without a home here becomes visible, and no
    /// unsigned feature field grows.
    #[test]
    fn hidden_fields_stay_hidden_on_any_cpu(pfr0: u64, pfr1: u64, dfr0: u64, mmfr1: u64, mmfr2: u64) {
        let raw = RawIds {
            id_aa64pfr0_el1: pfr0,
            id_aa64pfr1_el1: pfr1,
            id_aa64dfr0_el1: dfr0,
            id_aa64mmfr1_el1: mmfr1,
            id_aa64mmfr2_el1: mmfr2,
            ..full()
        };
        let ids = GuestIds::sanitise(&raw);
        prop_assert_eq!(ids.read(PFR0) & 0x00f0_ffff_f000_ff00, 0);
        prop_assert_eq!(ids.read(PFR1) & 0xffff_fff0_ffff_ff00, 0);
        prop_assert_eq!(ids.read(DFR0), 0xf0_0010_1006);
        prop_assert_eq!(ids.read(MMFR1) & 0x0ff0_0f0f_f00f_0ff0 , 0);
        prop_assert_eq!(ids.read(SysReg::new(3, 0, 0, 7, 2)) & 0x0f00_ff00_0f00_f000, 0);
    }
}

proptest! {
    #[test]
    fn the_short_way_answers_reads_of_identification_registers_alone_and_as_the_long_one(
        iss in prop_oneof![
            0u32..1 << 25,
            // Near the identification registers.
            (0u32..1 << 25).prop_map(|iss| iss & 0x000e_03fe | 3 << 20 | 1),
        ],
    ) {
        let ids = GuestIds::sanitise(&full());
        let access = SysReg::from_iss(iss);
        let group = (access.reg.op0(), access.reg.op1(), access.reg.crn()) == (3, 0, 0);
        let is_id_read = access.read && group && (1..=7).contains(&access.reg.crm());
        match vsysreg::decide(&ids, access.reg, access.read) {
            vsysreg::Outcome::Value(value) if is_id_read => {
                prop_assert_eq!(ids.answer(iss), Some((access.rt, value)));
            }
            _ => prop_assert_eq!(ids.answer(iss), None),
        }
    }
}
