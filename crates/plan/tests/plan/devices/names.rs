//! How a device is named.

use dtoolkit::model::{DeviceTree, DeviceTreeNode, DeviceTreeProperty};

use super::{RTC, VIRTIO, quoted, set, trusted, two_wanting, wanting};
use crate::riscv64::{AIA, Files, plan, refused};
use crate::support::with;

const KIND: &str = "{ compatible = \"virtio,mmio\", dma = \"trusted\" }";

/// QEMU's board with a label and an alias for the RTC.
fn with_label() -> Vec<u8> {
    with_names(&[("__symbols__", "clock"), ("aliases", "rtc7")])
}

fn with_names(names: &[(&str, &str)]) -> Vec<u8> {
    let fdt = dtoolkit::fdt::Fdt::new(AIA).expect("a tree");
    let mut tree = DeviceTree::from_fdt(&fdt);
    for (table, name) in names {
        let mut node = tree
            .root
            .remove_child(table)
            .unwrap_or_else(|| DeviceTreeNode::new(*table).expect("a node's name"));
        node.add_property(DeviceTreeProperty::new(*name, RTC).expect("a property's name"));
        tree.root.add_child(node);
    }
    tree.to_dtb()
}

/// The devices of each zone in the plan's table.
fn owned(text: &str, board: &[u8]) -> Vec<String> {
    let table = plan(text, board).table();
    let devices = table.lines().filter_map(|line| line.strip_prefix("  zone ")?.split_once('/'));
    let name = |path: &str| path.split_whitespace().next().unwrap_or_default().to_owned();
    devices.map(|(zone, path)| format!("{} /{}", zone.trim(), name(path))).collect()
}

#[test]
fn a_path_an_alias_a_label_and_a_nodes_own_name_find_a_device() {
    for name in [
        "\"/soc/rtc@101000\"",
        "\"/soc/rtc\"",
        "\"rtc7\"",
        "\"clock\"",
        "\"rtc@101000\"",
        "{ path = \"rtc@101000\" }",
        "{ alias = \"rtc7\" }",
        "{ label = \"clock\" }",
        "{ compatible = \"google,goldfish-rtc\" }",
    ] {
        assert_eq!(owned(&wanting(name), &with_label()), ["a /soc/rtc@101000"], "{name}");
    }
}

#[test]
fn the_first_of_a_kind_is_that_with_the_lowest_registers() {
    assert_eq!(owned(&wanting(KIND), AIA), ["a /soc/virtio_mmio@10001000"]);
}

#[test]
fn each_that_asks_for_a_kind_gets_one_of_its_own() {
    let expected =
        ["a /soc/virtio_mmio@10001000", "a /soc/virtio_mmio@10002000", "b /soc/virtio_mmio@10003000"];
    assert_eq!(owned(&two_wanting(&format!("{KIND}, {KIND}"), KIND), AIA), expected);
}

#[test]
fn a_device_that_is_named_is_no_other_zones_by_its_kind() {
    let expected = ["a /soc/virtio_mmio@10002000", "b /soc/virtio_mmio@10001000"];
    assert_eq!(owned(&two_wanting(KIND, &trusted(VIRTIO)), AIA), expected);
}

#[test]
fn a_disabled_device_is_not_the_first_of_its_kind() {
    let board = with(AIA, VIRTIO, |virtio| {
        virtio.add_property(DeviceTreeProperty::new("status", "disabled").expect("a name"));
    });
    assert_eq!(owned(&wanting(KIND), &board), ["a /soc/virtio_mmio@10002000"]);
}

#[test]
fn a_kind_of_which_none_is_left_is_refused() {
    refused(
        &two_wanting("{ compatible = \"google,goldfish-rtc\" }", "{ compatible = \"google,goldfish-rtc\" }"),
        AIA,
        "\
device-none-free: no device compatible with google,goldfish-rtc is free: zones have all 1 of the board's
  line 17, `{ compatible = \"google,goldfish-rtc\" }`: no such device is free
  help: take one out of another list
",
    );
}

#[test]
fn the_hypervisors_own_is_free_for_nobody() {
    let found = plan::resolve(&wanting("{ compatible = \"ns16550a\" }"), AIA, &Files).expect_err("accepted");
    assert_eq!(found[0].message, "the board has no device compatible with ns16550a for zones");
}

#[test]
fn a_misspelt_kind_is_answered_with_what_was_meant() {
    let found =
        plan::resolve(&wanting("{ compatible = \"virtio,mmoi\" }"), AIA, &Files).expect_err("accepted");
    assert_eq!(
        (found[0].code, found[0].help.as_deref()),
        ("unknown-device", Some("did you mean `virtio,mmio`?"))
    );
}

#[test]
fn a_label_on_a_board_without_symbols_says_how_to_get_them() {
    refused(
        &wanting("{ label = \"clock\" }"),
        AIA,
        "\
unknown-device: the board has no device clock
  line 10, `{ label = \"clock\" }`: unknown device
  help: the board's device tree has no labels: compile it with `dtc -@`, or name the device by its path
",
    );
}

#[test]
fn a_name_of_several_nodes_names_none() {
    let board = with(AIA, "/", |root| {
        let mut other = DeviceTreeNode::new("rtc@101000").expect("a name");
        set(&mut other, "reg", &[0, 0x7000_0000, 0, 0x1000]);
        root.add_child(other);
    });
    let found = plan::resolve(&wanting("\"rtc@101000\""), &board, &Files).expect_err("accepted");
    assert_eq!(found[0].code, "unknown-device");
    plan(&wanting(&quoted(RTC)), &board);
}

#[test]
fn a_device_has_one_name() {
    for (device, message) in [
        ("{ dma = \"none\" }", "a device without a name"),
        ("{ path = \"rtc0\", alias = \"rtc0\" }", "a device with two names"),
    ] {
        let found = plan::resolve(&wanting(device), AIA, &Files).expect_err("accepted");
        assert_eq!((found.len(), found[0].code, found[0].message.as_str()), (1, "device-name", message));
    }
}
