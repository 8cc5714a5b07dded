//! Nodes for which no device can be given, and what is said of them.

use dtoolkit::model::{DeviceTreeNode, DeviceTreeProperty};

use super::{Trees, clock, guest, matching, mistakes, node, refused, transport};
use crate::devices::matching::{RTC, beside_b};
use crate::devices::{set, with_rtc};
use crate::riscv64::{AIA, Files, QEMU, text};
use crate::support::{told, with, zone};

#[test]
fn match_without_a_tree_is_refused() {
    let text = text(QEMU, &[zone("a", "[0]", "\"64M\"", "match = true")]);
    let found = plan::resolve(&text, AIA, &Files).expect_err("accepted");
    assert_eq!(
        told(&text, &found),
        "\
match-no-dtb: zone a has no device tree of its own to match
  line 10, `true`: without `dtb`
  help: name it with `dtb`; or leave `match` out: the derived tree has what `devices` names
"
    );
}

#[test]
fn a_kind_that_the_board_does_not_have_is_named() {
    refused(
        &matching(""),
        [node("clock@101000", "acme,clock", &[0, 0x10_1000, 0, 0x1000], &[40, 4])],
        "\
match-none-free: in zone a, no free device matches the guest's /soc/clock@101000: the board has none compatible with acme,clock
  line 11, `true`: /soc/clock@101000
  help: correct `compatible`, or take the node out of the zone's device tree
",
    );
}

#[test]
fn an_address_at_which_there_is_no_such_device_is_named_with_those_that_there_are() {
    refused(
        &beside_b("", "devices = [{ path = \"virtio_mmio@10002000\", dma = \"trusted\" }]"),
        [transport(9, 40)],
        "\
match-none-free: in zone a, no free device matches the guest's /soc/virtio@10009000: of those compatible with virtio,mmio none is at 0x10009000: /soc/virtio_mmio@10001000 (free), /soc/virtio_mmio@10002000 (zone b's), /soc/virtio_mmio@10003000 (free), /soc/virtio_mmio@10004000 (free) and 4 more
  line 11, `true`: /soc/virtio@10009000
  help: write the board's address into the node's `reg`, or take it out of the zone's device tree
",
    );
}

#[test]
fn a_device_that_another_zone_has_is_named_with_it() {
    refused(
        &beside_b("", "devices = [\"/soc/rtc@101000\"]"),
        [clock(40)],
        "\
match-none-free: in zone a, no free device matches the guest's /soc/clock@101000: compatible with google,goldfish-rtc is there /soc/rtc@101000 (zone b's)
  line 11, `true`: /soc/clock@101000
  line 19, `\"/soc/rtc@101000\"`: zone b owns /soc/rtc@101000
  help: let the node's `reg` name another, or take it out of the zone's device tree
",
    );
}

#[test]
fn a_device_that_another_zones_tree_has_is_named_with_it() {
    let text = beside_b("", "dtb = \"b.dtb\"\nmatch = true");
    let tree = guest([clock(40)]);
    let found = plan::resolve(&text, AIA, &Trees(tree.clone(), tree)).expect_err("accepted");
    let expected = "in zone b, no free device matches the guest's /soc/clock@101000: compatible with google,goldfish-rtc is there /soc/rtc@101000 (zone a's)";
    assert_eq!((found.len(), found[0].message.as_str()), (1, expected));
    assert_eq!(found[0].labels[1].text, "zone a owns /soc/rtc@101000");
}

#[test]
fn a_device_that_two_nodes_mean_is_that_of_the_first() {
    let second = node("second", RTC, &[], &[41, 4]);
    refused(
        &matching(""),
        [clock(40), second],
        "\
match-none-free: in zone a, no free device matches the guest's /soc/second: compatible with google,goldfish-rtc are /soc/rtc@101000 (matched to /soc/clock@101000)
  line 11, `true`: /soc/second
  help: take the node out of the zone's device tree, or a device out of another list
",
    );
}

#[test]
fn a_disabled_device_and_the_hypervisors_are_not_free() {
    let board = with(AIA, "/soc/rtc@101000", |rtc| {
        rtc.add_property(DeviceTreeProperty::new("status", "disabled").expect("a name"));
    });
    let found = plan::resolve(&matching(""), &board, &Trees(guest([clock(40)]), Vec::new()));
    let found = found.expect_err("accepted");
    assert!(found[0].message.ends_with("is there /soc/rtc@101000 (disabled)"), "{}", found[0].message);
    let uart = guest([]);
    let found = mistakes(&matching("uart = false"), uart);
    assert!(
        found[0].message.ends_with("is there /soc/serial@10000000 (the hypervisor's)"),
        "{}",
        found[0].message
    );
}

#[test]
fn a_node_that_does_not_say_what_it_is_is_refused() {
    let mut nameless = clock(40);
    nameless.remove_property("compatible");
    refused(
        &matching(""),
        [nameless],
        "\
match-compatible: in zone a, the guest's /soc/clock@101000 has no `compatible` by which a device could be found
  line 11, `true`: /soc/clock@101000
  help: add it, or take the node out of the zone's device tree
",
    );
}

#[test]
fn what_a_device_needs_is_refused_as_if_zones_toml_named_it() {
    refused(
        &matching(""),
        [transport(1, 40)],
        "\
device-dma: /soc/virtio_mmio@10001000 reaches memory by itself (DMA), and no IOMMU keeps it to that of zone a
  line 11, `true`: the guest's /soc/virtio@10001000 is matched to /soc/virtio_mmio@10001000
  help: leave it out; or, if all that runs in zone a may reach all memory of the board, write { path = \"/soc/virtio_mmio@10001000\", dma = \"trusted\" } into `devices`
",
    );
}

#[test]
fn a_refusal_points_at_the_words_and_at_the_match() {
    refused(
        &matching("devices = [{ path = \"virtio_mmio@10001000\", dma = \"none\" }]"),
        [transport(1, 40)],
        "\
device-dma: /soc/virtio_mmio@10001000 reaches memory by itself (DMA), and no IOMMU keeps it to that of zone a
  line 12, `{ path = \"virtio_mmio@10001000\", dma = \"none\" }`: a DMA master
  line 11, `true`: the guest's /soc/virtio@10001000 is matched to /soc/virtio_mmio@10001000
  help: leave it out; or, if all that runs in zone a may reach all memory of the board, write { path = \"/soc/virtio_mmio@10001000\", dma = \"trusted\" } into `devices`
",
    );
}

#[test]
fn an_interrupt_that_the_device_does_not_have_is_refused() {
    refused(
        &matching(""),
        [node("clock@101000", RTC, &[0, 0x10_1000, 0, 0x1000], &[40, 4, 41, 4])],
        "\
match-range: in zone a, irq1 of the guest's /soc/clock@101000 is out of range: /soc/rtc@101000 has 1 interrupts
  line 11, `true`: the guest's /soc/clock@101000 is matched to /soc/rtc@101000
  help: places count from 0; or take it out of the zone's device tree
",
    );
}

#[test]
fn registers_that_the_device_does_not_have_are_refused() {
    let two = [0, 0x10_1000, 0, 0x1000, 0, 0x10_2000, 0, 0x1000];
    let found = mistakes(&matching(""), guest([node("clock@101000", RTC, &two, &[40, 4])]));
    let expected = "in zone a, reg1 of the guest's /soc/clock@101000 is out of range: /soc/rtc@101000 has 1 ranges of registers";
    assert_eq!((found[0].code, found[0].message.as_str()), ("match-range", expected));
}

#[test]
fn what_resources_leave_out_cannot_be_asked_for() {
    refused(
        &matching("devices = [{ path = \"rtc@101000\", resources = [\"reg0\"] }]"),
        [clock(40)],
        "\
match-range: in zone a, irq0 of the guest's /soc/clock@101000 is not among the `resources` of /soc/rtc@101000
  line 12, `{ path = \"rtc@101000\", resources = [\"reg0\"] }`: has no such resource
  line 11, `true`: the guest's /soc/clock@101000 is matched to /soc/rtc@101000
  help: name it there; or take it out of the zone's device tree
",
    );
}

#[test]
fn registers_elsewhere_than_the_boards_are_refused() {
    let board = with_rtc(&[("reg", &[0, 0x10_1000, 0, 0x1000, 0, 0x10_2000, 0, 0x1000])]);
    let two = [0, 0x10_1000, 0, 0x1000, 0, 0x10_3000, 0, 0x1000];
    let text = matching("");
    let tree = guest([node("clock@101000", RTC, &two, &[40, 4])]);
    let found = plan::resolve(&text, &board, &Trees(tree, Vec::new())).expect_err("accepted");
    assert_eq!(
        told(&text, &found),
        "\
match-registers: in zone a, reg1 of the guest's /soc/clock@101000 is at 0x103000, and that of /soc/rtc@101000 at 0x102000
  line 11, `true`: the guest's /soc/clock@101000 is matched to /soc/rtc@101000
  help: write 0x102000 into the zone's device tree: a guest sees registers where the board has them
"
    );
}

#[test]
fn more_registers_than_the_device_has_are_refused() {
    refused(
        &matching(""),
        [node("clock@101000", RTC, &[0, 0x10_1000, 0, 0x2000], &[40, 4])],
        "\
match-registers: in zone a, reg0 of the guest's /soc/clock@101000 has 0x2000 bytes, and that of /soc/rtc@101000 0x1000
  line 11, `true`: the guest's /soc/clock@101000 is matched to /soc/rtc@101000
  help: write 0x1000 or less into the zone's device tree
",
    );
}

#[test]
fn registers_that_cannot_be_read_are_named_with_the_bus() {
    let bus = |ranges: &[u32]| {
        let mut bus = DeviceTreeNode::new("bus").expect("a name");
        set(&mut bus, "#address-cells", &[1]);
        set(&mut bus, "#size-cells", &[1]);
        if !ranges.is_empty() {
            set(&mut bus, "ranges", ranges);
        }
        bus.add_child(node("clock@5000", RTC, &[0x5000, 0x1000], &[40, 4]));
        bus
    };
    let reasons = [
        (bus(&[]), "the bus /soc/bus has no `ranges`"),
        (bus(&[0, 0, 0x10_0000, 0x5fff]), "`ranges` of /soc/bus does not lead there"),
        (bus(&[0, 0, 0x10_0000]), "`ranges` of /soc/bus does not lead there"),
    ];
    for (bus, reason) in reasons {
        refused(
            &matching(""),
            [bus],
            &format!(
                "\
match-registers: in zone a, reg0 of the guest's /soc/bus/clock@5000 cannot be read: {reason}
  line 11, `true`: /soc/bus/clock@5000
  help: correct the zone's device tree: `reg`, and `ranges` of the buses above
"
            ),
        );
    }
    let found = mistakes(&matching(""), guest([node("clock@101000", RTC, &[0, 0x10_1000, 0], &[])]));
    assert!(found[0].message.ends_with("cannot be read: `reg` is malformed"), "{}", found[0].message);
    let found = mistakes(&matching(""), guest([node("clock@101000", RTC, &[0, 1, 0, 1].repeat(17), &[])]));
    assert!(found[0].message.ends_with("there are more than 16"), "{}", found[0].message);
}

/// Checks what is said of the interrupt of a clock that has these properties.
#[track_caller]
fn interrupt_refused(properties: &[(&str, &[u32])], code: &str, what: &str) {
    let mut clock = node("clock@101000", RTC, &[0, 0x10_1000, 0, 0x1000], &[]);
    clock.remove_property("interrupt-parent");
    properties.iter().for_each(|(name, cells)| set(&mut clock, name, cells));
    let found = mistakes(&matching(""), guest([clock]));
    assert_eq!((found.len(), found[0].code), (1, code), "{found:#?}");
    assert_eq!(found[0].message, format!("in zone a, {what}"));
    assert!(found[0].help.is_some());
}

const OF_CLOCK: &str = "of the guest's /soc/clock@101000";

#[test]
fn an_interrupt_without_a_parent_is_refused() {
    let what =
        format!("irq0 {OF_CLOCK} has no interrupt parent: neither the node nor a bus above it names one");
    interrupt_refused(&[("interrupts", &[40, 4])], "match-interrupt-parent", &what);
}

#[test]
fn a_missing_interrupt_parent_is_refused() {
    let what =
        |place| format!("irq{place} {OF_CLOCK} has a missing interrupt parent: no node has the phandle 0x77");
    let parent = ("interrupt-parent", &[0x77u32][..]);
    interrupt_refused(&[("interrupts", &[40, 4]), parent], "match-interrupt-parent", &what(0));
    interrupt_refused(&[("interrupts-extended", &[1, 40, 4, 0x77, 1])], "match-interrupt-parent", &what(1));
}

#[test]
fn an_interrupt_parent_that_is_no_controller_is_refused() {
    // The node itself: a circle.
    let own = [("interrupts", &[40u32, 4][..]), ("phandle", &[0x55]), ("interrupt-parent", &[0x55])];
    let what = format!("irq0 {OF_CLOCK} goes to /soc/clock@101000, which is no interrupt controller");
    interrupt_refused(&own, "match-interrupt-parent", &what);
}

#[test]
fn an_interrupt_at_another_controller_than_the_zones_is_refused() {
    let mut gpio = node("gpio", "acme,gpio", &[], &[]);
    gpio.add_property(DeviceTreeProperty::new("interrupt-controller", &[0u8; 0][..]).expect("a name"));
    set(&mut gpio, "#interrupt-cells", &[2]);
    set(&mut gpio, "phandle", &[0x55]);
    let mut clock = clock(40);
    set(&mut clock, "interrupt-parent", &[0x55]);
    refused(
        &matching(""),
        [gpio, clock],
        "\
match-interrupt-parent: in zone a, irq0 of the guest's /soc/clock@101000 goes to /soc/gpio, which is not the zone's interrupt controller
  line 11, `true`: /soc/clock@101000
  help: correct `interrupt-parent` or `interrupts-extended` in the zone's device tree: interrupts of devices go to the zone's controller, which is where the board's is
",
    );
}

#[test]
fn malformed_interrupts_are_refused() {
    let parent = ("interrupt-parent", &[1u32][..]);
    let malformed = |place| format!("irq{place} {OF_CLOCK} is malformed");
    interrupt_refused(&[("interrupts", &[40]), parent], "match-interrupt", &malformed("0"));
    interrupt_refused(&[("interrupts", &[40, 4, 41]), parent], "match-interrupt", &malformed("1"));
    interrupt_refused(&[("interrupts-extended", &[1, 40])], "match-interrupt", &malformed("0"));
    // More than a device can have.
    interrupt_refused(&[("interrupts", &[40, 4].repeat(33)), parent], "match-interrupt", &malformed("W"));
    let mut cut = clock(40);
    cut.add_property(DeviceTreeProperty::new("interrupts", &[0u8, 0, 0][..]).expect("a name"));
    assert_eq!(mistakes(&matching(""), guest([cut]))[0].code, "match-interrupt");
}

#[test]
fn a_tree_of_too_many_levels_is_refused() {
    let mut deep = DeviceTreeNode::new("level").expect("a name");
    for _ in 0..70 {
        let mut above = DeviceTreeNode::new("level").expect("a name");
        above.add_child(deep);
        deep = above;
    }
    let found = mistakes(&matching(""), guest([deep]));
    assert_eq!((found.len(), found[0].code), (1, "tree-malformed"));
}

#[test]
fn a_kind_of_which_all_devices_are_taken_is_refused_with_who_has_them() {
    let text = beside_b("", "devices = [\"/soc/rtc@101000\"]");
    let found = mistakes(&text, guest([node("clock", RTC, &[], &[40, 4])]));
    assert!(found[0].message.ends_with("compatible with google,goldfish-rtc are /soc/rtc@101000 (zone b's)"));
}
