//! What a zone gets by its own tree, and what is shown of it.

use dtoolkit::model::{DeviceTreeNode, DeviceTreeProperty};
use manifest::{Manifest, Trigger};
use plan::Plan;

use super::{Trees, clock, guest, matched, matching, node, transport};
use crate::devices::matching::{RTC, TRANSPORT, beside_b};
use crate::devices::{set, with_rtc};
use crate::riscv64::AIA;
use crate::support::{told, with, zone};

const TRUSTED: &str = "devices = [{ compatible = \"virtio,mmio\", dma = \"trusted\" }]";

/// Where registers are for the guest and physically.
type Registers = Vec<(u64, u64)>;
/// The numbers of interrupts for the guest and physically.
type Interrupts = Vec<(u32, u32)>;

/// What the first zone has of devices.
fn given(plan: &Plan) -> (Registers, Interrupts) {
    let bundle = plan.bundle();
    let zone = Manifest::parse(&bundle).expect("valid").zones().next().expect("a zone");
    let regions = zone.regions().filter(|region| region.hpa.raw() < 0x8000_0000);
    let interrupts = zone.interrupts().map(|bound| (bound.virtual_number, bound.physical_number));
    (regions.map(|region| (region.ipa.raw(), region.hpa.raw())).collect(), interrupts.collect())
}

#[test]
fn a_node_gets_the_device_of_its_kind_at_its_address_by_its_own_number() {
    let (registers, interrupts) = given(&matched(&matching(""), [clock(40)]));
    assert_eq!((registers, interrupts), (vec![(0x10_1000, 0x10_1000)], vec![(40, 11)]));
}

#[test]
fn the_guest_gets_its_tree_unchanged() {
    let tree = guest([clock(40)]);
    let plan = plan::resolve(&matching(""), AIA, &Trees(tree.clone(), Vec::new())).expect("valid");
    assert_eq!(plan.guest_dtb("a"), Some(tree.as_slice()));
}

#[test]
fn the_table_shows_what_is_matched_to_what() {
    let table = matched(&matching(""), [clock(40)]).table();
    let row = table.lines().find(|line| line.contains("the guest's")).expect("a row");
    let words: Vec<_> = row.split("  ").filter(|word| !word.is_empty()).map(str::trim).collect();
    let device = "/soc/rtc@101000 (the guest's /soc/clock@101000)";
    assert_eq!(words, ["zone a", device, "0x101000..0x102000", "40 -> 11"]);
}

#[test]
fn the_boards_number_is_as_good_as_any() {
    let plan = matched(&matching(""), [clock(11)]);
    assert_eq!(given(&plan).1, [(11, 11)]);
    assert!(!plan.table().contains("->"), "{}", plan.table());
}

#[test]
fn numbers_may_be_those_that_the_board_gives_to_others() {
    let plan = matched(&matching(TRUSTED), [clock(1), transport(1, 11)]);
    assert_eq!(given(&plan).1, [(1, 11), (11, 1)]);
}

#[test]
fn the_trigger_is_the_boards() {
    let board = with_rtc(&[("interrupts", &[11, 1])]);
    let clock = node("clock@101000", RTC, &[0, 0x10_1000, 0, 0x1000], &[40, 4]);
    let text = matching("");
    let plan = plan::resolve(&text, &board, &Trees(guest([clock]), Vec::new())).expect("valid");
    let bundle = plan.bundle();
    let zone = Manifest::parse(&bundle).expect("valid").zones().next().expect("a zone");
    assert_eq!(zone.interrupts().next().expect("an interrupt").trigger, Trigger::Edge);
    assert_eq!(
        told(&text, plan.warnings()),
        "\
match-trigger: in zone a, irq0 of the guest's /soc/clock@101000 is signalled by a high level, and that of /soc/rtc@101000 by a rising edge
  line 11, `true`: /soc/clock@101000
  help: write 1 as the trigger into the zone's device tree; the board's is taken
"
    );
}

#[test]
fn every_kind_that_a_node_lists_is_tried_in_their_order() {
    let mut clock = clock(40);
    let kinds = ["acme,clock", RTC];
    clock.add_property(DeviceTreeProperty::new("compatible", kinds.as_slice()).expect("a name"));
    assert_eq!(given(&matched(&matching(""), [clock])).1, [(40, 11)]);
}

#[test]
fn a_node_is_where_the_buses_above_it_say() {
    let mut bus = DeviceTreeNode::new("bus").expect("a name");
    bus.add_property(DeviceTreeProperty::new("compatible", "simple-bus").expect("a name"));
    for (name, cells) in
        [("#address-cells", &[1u32][..]), ("#size-cells", &[1]), ("ranges", &[0x4000, 0, 0x10_0000, 0x8000])]
    {
        set(&mut bus, name, cells);
    }
    bus.add_child(node("clock@5000", RTC, &[0x5000, 0x1000], &[40, 4]));
    let (registers, interrupts) = given(&matched(&matching(""), [bus]));
    assert_eq!((registers, interrupts), (vec![(0x10_1000, 0x10_1000)], vec![(40, 11)]));
}

#[test]
fn a_node_that_does_not_say_where_it_is_gets_the_first_free_device_of_its_kind() {
    for reg in [&[][..], &[0, 0x1000_5000, 0, 0]] {
        let text = matching(
            "devices = [{ compatible = \"virtio,mmio\", dma = \"trusted\" }, { compatible = \"virtio,mmio\", dma = \"trusted\" }]",
        );
        let anywhere = node("virtio", TRANSPORT, reg, &[41, 4]);
        // The first transport is that of the node that says where it is.
        let interrupts = given(&matched(&text, [anywhere, transport(1, 40)])).1;
        assert_eq!(interrupts, [(40, 1), (41, 2)], "{reg:?}");
    }
}

#[test]
fn a_device_that_the_zone_names_is_taken_before_others_for_a_node_that_does_not_say_where_it_is() {
    let text = matching("devices = [{ path = \"virtio_mmio@10003000\", dma = \"trusted\" }]");
    let plan = matched(&text, [node("virtio", TRANSPORT, &[], &[41, 4])]);
    assert_eq!(given(&plan).1, [(41, 3)]);
    assert_eq!(plan.warnings(), []);
}

#[test]
fn devices_says_more_of_a_device_that_a_node_is_matched_to() {
    for words in ["path = \"virtio_mmio@10003000\"", "compatible = \"virtio,mmio\""] {
        let text = matching(&format!("devices = [{{ {words}, dma = \"trusted\" }}]"));
        let plan = matched(&text, [transport(3, 41)]);
        let (registers, interrupts) = given(&plan);
        assert_eq!((registers.len(), interrupts), (1, vec![(41, 3)]), "{words}");
        assert_eq!(plan.warnings(), [], "{words}");
        assert!(plan.table().contains("can reach all memory"), "{words}");
    }
}

#[test]
fn what_resources_leave_out_is_not_given() {
    let two = [0, 0x10_1000, 0, 0x1000, 0, 0x10_2000, 0, 0x1000];
    let board = with_rtc(&[("reg", &two), ("interrupts", &[11, 4, 12, 4])]);
    let text = matching("devices = [{ path = \"rtc@101000\", resources = [\"reg0\", \"irq0\"] }]");
    let plan = plan::resolve(&text, &board, &Trees(guest([clock(40)]), Vec::new())).expect("valid");
    assert_eq!(given(&plan), (vec![(0x10_1000, 0x10_1000)], vec![(40, 11)]));
}

#[test]
fn a_node_may_ask_for_less_than_the_device_has() {
    let board = with_rtc(&[("interrupts", &[11, 4, 12, 4])]);
    let small = node("clock@101000", RTC, &[0, 0x10_1000, 0, 0x20], &[40, 4]);
    let plan = plan::resolve(&matching(""), &board, &Trees(guest([small]), Vec::new())).expect("valid");
    // The second interrupt has no number in the guest.
    assert_eq!(given(&plan).1, [(40, 11)]);
}

#[test]
fn interrupts_extended_names_the_controller_itself() {
    let mut clock = node("clock@101000", RTC, &[0, 0x10_1000, 0, 0x1000], &[]);
    set(&mut clock, "interrupts-extended", &[1, 40, 4]);
    assert_eq!(given(&matched(&matching(""), [clock])).1, [(40, 11)]);
}

#[test]
fn an_interrupt_parent_may_be_that_of_a_bus() {
    let mut clock = clock(40);
    clock.remove_property("interrupt-parent");
    let tree = with(&guest([clock]), "/soc", |soc| set(soc, "interrupt-parent", &[1]));
    let plan = plan::resolve(&matching(""), AIA, &Trees(tree, Vec::new())).expect("valid");
    assert_eq!(given(&plan).1, [(40, 11)]);
}

#[test]
fn what_is_emulated_or_no_device_is_not_matched() {
    let mut off = transport(2, 2);
    off.add_property(DeviceTreeProperty::new("status", "disabled").expect("a name"));
    let mut fixed = node("fixed", "fixed-clock", &[], &[]);
    set(&mut fixed, "#clock-cells", &[0]);
    let reserved = with(&guest([off, fixed]), "/", |root| {
        let mut memory = DeviceTreeNode::new("reserved-memory").expect("a name");
        memory.add_child(node("pool@90000000", "shared-dma-pool", &[0, 0x9000_0000, 0, 0x1000], &[]));
        root.add_child(memory);
        let mut bank = node("bank@c0000000", "", &[0, 0xc000_0000, 0, 0x1000], &[]);
        bank.add_property(DeviceTreeProperty::new("device_type", "memory").expect("a name"));
        root.add_child(bank);
    });
    let plan = plan::resolve(&matching(""), AIA, &Trees(reserved, Vec::new())).expect("valid");
    assert_eq!(given(&plan), (Vec::new(), Vec::new()));
}

#[test]
fn a_derived_tree_of_any_controller_asks_for_what_it_was_derived_with() {
    use crate::riscv64::{Files, PLIC, QEMU, text};
    use crate::support::TestBoard;
    let gic = || "dtb = \"board.dtb\"".to_owned();
    let rtc = |board: TestBoard| TestBoard { rtc_interrupt: Some([0, 70, 4]), ..board }.dtb();
    for (board, machine, device, number) in [
        (AIA.to_vec(), QEMU.to_owned(), "/soc/rtc@101000", 11),
        (PLIC.to_vec(), QEMU.to_owned(), "/soc/rtc@101000", 11),
        (rtc(TestBoard::default()), gic(), "/pl031@9010000", 102),
        (rtc(TestBoard::with_gicv2()), gic(), "/pl031@9010000", 102),
    ] {
        let channel = "\n[[channel]]\nname = \"c\"\npeers = [\"a\", \"b\"]\nout = \"4K\"\n";
        let kernel = |text: String| match number {
            11 => text,
            _ => text.replace("\"Image\"", "\"Image-arm64\""),
        };
        let zones = |more: &str| {
            let zones = [zone("a", "[0]", "\"64M\"", more), zone("b", "[1]", "\"64M\"", "")];
            kernel(text(&machine, &zones) + channel)
        };
        let derived = zones(&format!("devices = [\"{device}\"]"));
        let derived = plan::resolve(&derived, &board, &Files).expect("valid");
        let tree = derived.guest_dtb("a").expect("a tree").to_vec();
        let own = zones("dtb = \"a.dtb\"\nmatch = true");
        let own = plan::resolve(&own, &board, &Trees(tree, Vec::new())).expect("valid");
        let bound = |plan: &Plan| given(plan).1.into_iter().find(|(_, physical)| *physical == number);
        assert_eq!((bound(&own), bound(&derived)), (Some((number, number)), Some((number, number))));
        assert_eq!(own.warnings(), []);
    }
}

#[test]
fn a_device_that_no_node_asks_for_is_given_all_the_same_and_told_of() {
    let text = matching("devices = [\"/soc/rtc@101000\"]");
    let plan = matched(&text, []);
    assert_eq!(given(&plan), (vec![(0x10_1000, 0x10_1000)], vec![(11, 11)]));
    assert_eq!(
        told(&text, plan.warnings()),
        "\
device-unmatched: no node of zone a's device tree is matched to /soc/rtc@101000: its guest is not told of it
  line 12, `\"/soc/rtc@101000\"`: given all the same
  line 11, `true`: this zone's device tree
  help: add a node with its `compatible` and `reg` to the zone's device tree, or leave it out
"
    );
}

#[test]
fn a_tree_that_is_not_matched_asks_for_nothing() {
    let text = matching("").replace("match = true", "match = false");
    assert_eq!(given(&matched(&text, [clock(40)])), (Vec::new(), Vec::new()));
}

#[test]
fn a_kind_that_another_zone_wants_is_another_than_the_nodes() {
    let text = beside_b(TRUSTED, TRUSTED);
    let plan = matched(&text, [transport(1, 40)]);
    assert_eq!(given(&plan).1, [(40, 1)]);
    let bundle = plan.bundle();
    let b = Manifest::parse(&bundle).expect("valid").zones().nth(1).expect("a zone");
    assert_eq!(b.interrupts().next().expect("an interrupt").physical_number, 2);
}
