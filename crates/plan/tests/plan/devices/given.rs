//! What a zone gets of a device, and what is shown of it.

use dtoolkit::model::DeviceTreeProperty;
use manifest::{Interrupt, Manifest, Region, RegionKind, Trigger};
use plan::Plan;

use super::{RTC, VIRTIO, quoted, set, trusted, wanting, with_rtc};
use crate::riscv64::{AIA, PLIC, plan, tree_text};
use crate::support::{TestBoard, plan_on, with, zone};

/// The device regions and the interrupts of the first zone.
fn given(plan: &Plan) -> (Vec<Region>, Vec<Interrupt>) {
    let bundle = plan.bundle();
    let zone = Manifest::parse(&bundle).expect("valid").zones().next().expect("a zone");
    let regions = zone.regions().filter(|region| region.kind == RegionKind::Device).collect();
    (regions, zone.interrupts().collect())
}

/// The node of the guest's tree with this name, to its end.
fn node(text: &str, name: &str) -> String {
    let start = text.find(&format!("{name} {{")).unwrap_or_else(|| panic!("{name} in {text}"));
    let end = start + text[start..].find('}').expect("an end");
    text[start..=end].lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_device_comes_with_its_registers_and_its_interrupt() {
    let (regions, interrupts) = given(&plan(&wanting(&quoted(RTC)), AIA));
    let places: Vec<_> =
        regions.iter().map(|region| (region.ipa.raw(), region.hpa.raw(), region.size)).collect();
    assert_eq!(places, [(0x10_1000, 0x10_1000, 0x1000)]);
    assert_eq!(interrupts, [Interrupt { virtual_number: 11, physical_number: 11, trigger: Trigger::Level }]);
}

#[test]
fn the_guest_is_told_of_it_at_the_zones_own_controller() {
    let text = tree_text(&plan(&wanting(&quoted(RTC)), AIA), "a");
    let expected = "\
rtc@101000 {
compatible = \"google,goldfish-rtc\";
reg = <0x00 0x101000 0x00 0x1000>;
interrupt-parent = <0x01>;
interrupts = <0x0b 0x04>;
}";
    assert_eq!(node(&text, "rtc@101000"), expected);
}

#[test]
fn at_a_plic_an_interrupt_is_its_source_alone() {
    let text = tree_text(&plan(&wanting(&quoted(RTC)), PLIC), "a");
    assert!(node(&text, "rtc@101000").contains("interrupts = <0x0b>;"), "{text}");
}

#[test]
fn at_a_gic_an_interrupt_is_shared_and_the_distributor_has_it() {
    let with_interrupt = TestBoard { rtc_interrupt: Some([0, 70, 1]), ..TestBoard::default() };
    let text = crate::support::text(&[zone("a", "[0]", "\"64M\"", "devices = [\"rtc0\"]")]);
    let plan = plan_on(&text, &with_interrupt);
    let (_, interrupts) = given(&plan);
    assert_eq!(interrupts, [Interrupt { virtual_number: 102, physical_number: 102, trigger: Trigger::Edge }]);
    let tree = tree_text(&plan, "a");
    assert!(node(&tree, "pl031@9010000").contains("interrupts = <0x00 0x46 0x01>;"), "{tree}");
}

#[test]
fn an_alias_names_the_device_that_it_stands_for() {
    let alias = crate::support::text(&[zone("a", "[0]", "\"64M\"", "devices = [\"rtc0\"]")]);
    assert!(plan_on(&alias, &TestBoard::default()).table().contains("zone a    /pl031@9010000"));
}

#[test]
fn what_the_board_says_of_the_device_alone_is_passed_on() {
    let board = with(AIA, RTC, |rtc| {
        set(rtc, "clock-frequency", &[1000]);
        set(rtc, "phandle", &[0x99]);
        rtc.add_property(DeviceTreeProperty::new("label", "wall clock").expect("a name"));
        rtc.add_property(DeviceTreeProperty::new("status", "okay").expect("a name"));
    });
    let text = node(&tree_text(&plan(&wanting(&quoted(RTC)), &board), "a"), "rtc@101000");
    for wanted in ["clock-frequency", "label = \"wall clock\""] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
    for unwanted in ["phandle", "status"] {
        assert!(!text.contains(unwanted), "{unwanted} in {text}");
    }
}

#[test]
fn an_address_is_translated_by_the_buses_above() {
    let board = with(AIA, "/soc", |soc| {
        // Child addresses from 0 are parent addresses from 4 GiB; and everything else as it is.
        set(
            soc,
            "ranges",
            &[
                0,
                0x10_1000,
                1,
                0,
                0,
                0x1000,
                0,
                0x1000_0000,
                0,
                0x1000_0000,
                0,
                0x3000_0000,
                0,
                0xc00_0000,
                0,
                0xc00_0000,
                0,
                0x200_0000,
            ],
        );
    });
    let plan = plan(&wanting(&quoted(RTC)), &board);
    assert_eq!(given(&plan).0[0].hpa.raw(), 0x1_0000_0000);
    assert!(tree_text(&plan, "a").contains("rtc@100000000 {"));
}

#[test]
fn the_table_and_the_drawing_show_who_owns_it() {
    let plan = plan(&wanting(&quoted(RTC)), AIA);
    assert!(plan.table().contains("zone a    /soc/rtc@101000              0x101000..0x102000      11\n"));
    assert!(plan.svg().contains("/soc/rtc@101000"));
}

#[test]
fn a_zone_that_is_kept_in_has_no_hole_listed() {
    assert!(!plan(&wanting(&quoted(RTC)), AIA).table().contains("Holes"));
}

#[test]
fn a_trusted_dma_master_is_listed_as_a_hole() {
    let plan = plan(&wanting(&trusted(VIRTIO)), AIA);
    let row = "a     /soc/virtio_mmio@10001000  can reach all memory of the board by DMA, the hypervisor's too: no IOMMU stops it\n";
    assert!(plan.table().ends_with(row), "{}", plan.table());
    assert!(plan.svg().contains("can reach all memory of the board by DMA"));
    crate::drawing::is_tidy(&plan.svg());
}

#[test]
fn a_users_word_that_a_device_does_no_dma_is_listed() {
    let board = with(AIA, RTC, |rtc| {
        rtc.add_property(DeviceTreeProperty::new("compatible", "acme,clock").expect("a name"));
    });
    let table = plan(&wanting(&format!("{{ path = \"{RTC}\", dma = \"none\" }}")), &board).table();
    assert!(table.contains("does no DMA, says zones.toml"), "{table}");
}

#[test]
fn an_extended_interrupt_at_the_main_controller_is_given() {
    let board = with_rtc(&[("interrupts-extended", &[0x0c, 12, 1, 0x0c, 13, 4])]);
    let (_, interrupts) = given(&plan(&wanting(&quoted(RTC)), &board));
    let found: Vec<_> = interrupts.iter().map(|it| (it.physical_number, it.trigger)).collect();
    assert_eq!(found, [(12, Trigger::Edge), (13, Trigger::Level)]);
}
