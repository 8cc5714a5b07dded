//! The numbers by which a guest knows its interrupts, and what each of them may stand for.

use super::{Trees, clock, guest, matched, matching, mistakes, node, refused, transport};
use crate::devices::matching::{RTC, TRANSPORT, beside_b};
use crate::devices::{set, with_rtc};
use crate::riscv64::{Files, tree_text};
use crate::support::{TestBoard, TestFiles, told, with, zone};

const TRUSTED: &str = "devices = [{ path = \"virtio_mmio@10001000\", dma = \"trusted\" }]";

#[test]
fn a_number_that_is_bound_to_another_interrupt_names_both() {
    refused(
        &matching(TRUSTED),
        [clock(40), transport(1, 40)],
        "\
interrupt-bound: in zone a, interrupt 40 is bound to irq0 of /soc/virtio_mmio@10001000 (interrupt 1), and the guest's /soc/clock@101000 wants it for irq0 of /soc/rtc@101000 (interrupt 11)
  line 12, `{ path = \"virtio_mmio@10001000\", dma = \"trusted\" }`: the guest's /soc/virtio@10001000
  line 11, `true`: the guest's /soc/clock@101000
  help: give each another number in the zone's device tree: it need not be the board's
",
    );
}

#[test]
fn two_interrupts_of_one_device_need_two_numbers() {
    let board = with_rtc(&[("interrupts", &[11, 4, 12, 4])]);
    let twice = node("clock@101000", RTC, &[0, 0x10_1000, 0, 0x1000], &[40, 4, 40, 4]);
    let text = matching("");
    let found = plan::resolve(&text, &board, &Trees(guest([twice]), Vec::new())).expect_err("accepted");
    assert_eq!(
        told(&text, &found),
        "\
interrupt-bound: in zone a, interrupt 40 is bound to irq0 of /soc/rtc@101000 (interrupt 11), and the guest's /soc/clock@101000 wants it for irq1 of /soc/rtc@101000 (interrupt 12)
  line 11, `true`: the guest's /soc/clock@101000
  help: give each another number in the zone's device tree: it need not be the board's
"
    );
}

#[test]
fn a_device_that_no_node_asks_for_keeps_the_boards_number() {
    let found = mistakes(
        &matching("devices = [\"/soc/rtc@101000\", { path = \"virtio_mmio@10001000\", dma = \"trusted\" }]"),
        guest([transport(1, 11)]),
    );
    let found: Vec<_> = found.iter().filter(|found| found.is_error).collect();
    let expected = "in zone a, interrupt 11 is bound to irq0 of /soc/rtc@101000 (interrupt 11), and the guest's /soc/virtio@10001000 wants it for irq0 of /soc/virtio_mmio@10001000 (interrupt 1)";
    assert_eq!((found.len(), found[0].message.as_str()), (1, expected));
}

#[test]
fn the_number_of_the_virtual_uart_is_its_alone() {
    refused(
        &matching(""),
        [clock(10)],
        "\
interrupt-bound: in zone a, interrupt 10 is the virtual UART's, and the guest's /soc/clock@101000 wants it for irq0 of /soc/rtc@101000 (interrupt 11)
  line 11, `true`: the guest's /soc/clock@101000
  help: give it another number in the zone's device tree, or write `uart = false`
",
    );
}

#[test]
fn without_a_virtual_uart_its_number_is_free() {
    let tree = with(&guest([clock(10)]), "/soc", |soc| {
        soc.remove_child("serial@10000000");
    });
    plan::resolve(&matching("uart = false"), crate::riscv64::AIA, &Trees(tree, Vec::new())).expect("valid");
}

#[test]
fn a_number_that_rings_the_zone_in_a_channel_is_taken() {
    let peers = "{ zone = \"a\", interrupt_num = 40 }, \"b\"";
    let channel = format!("\n[[channel]]\nname = \"c\"\npeers = [{peers}]\nout = \"4K\"\n");
    refused(
        &(beside_b("", "") + &channel),
        [clock(40)],
        "\
interrupt-taken: interrupt 40 of zone a in channel c is that of /soc/rtc@101000 in the zone
  line 11, `true`: has interrupt 40 in the zone's device tree
  line 23, `40`: taken
  help: leave it out, or give the device another number in the zone's device tree
",
    );
}

#[test]
fn a_number_that_rings_another_zone_is_free() {
    let channel =
        "\n[[channel]]\nname = \"c\"\npeers = [\"a\", { zone = \"b\", interrupt_num = 40 }]\nout = \"4K\"\n";
    matched(&(beside_b("", "") + channel), [clock(40)]);
}

#[test]
fn a_number_is_not_chosen_for_a_channel() {
    let channel = "\n[[channel]]\nname = \"c\"\npeers = [\"a\", \"b\"]\nout = \"4K\"\n";
    let highest = matched(&(beside_b("", "") + channel), []);
    assert!(tree_text(&highest, "b").contains("interrupts = <0x5f 0x01>"));
    let avoided = matched(&(beside_b("", "") + channel), [clock(0x60)]);
    assert!(!tree_text(&avoided, "b").contains("interrupts = <0x60 0x01>"));
}

#[test]
fn a_number_out_of_range_says_which_are_possible() {
    for number in [0, 97] {
        refused(
            &matching(""),
            [clock(number)],
            &format!(
                "\
match-interrupt: in zone a, irq0 of the guest's /soc/clock@101000 is interrupt {number}, which is out of range for its controller
  line 11, `true`: /soc/clock@101000
  help: use 1 to 96: it need not be the board's number
"
            ),
        );
    }
}

/// A zone on a GIC whose tree has the board's RTC with this interrupt.
fn on_gic(interrupt: [u32; 3], more: &str) -> (String, Vec<u8>, Vec<u8>) {
    let board = TestBoard { rtc_interrupt: Some([0, 70, 4]), ..TestBoard::default() }.dtb();
    let text = |more: &str| crate::support::text(&[zone("a", "[0]", "\"64M\"", more)]);
    let derived = plan::resolve(&text("devices = [\"rtc0\"]"), &board, &TestFiles).expect("valid");
    let tree = with(derived.guest_dtb("a").expect("a tree"), "/pl031@9010000", |rtc| {
        set(rtc, "interrupts", &interrupt);
    });
    let text =
        text(&format!("dtb = \"a.dtb\"\nmatch = true\n{more}")).replace("\"Image\"", "\"Image-arm64\"");
    (text, board, tree)
}

#[test]
fn a_private_interrupt_of_a_gic_is_refused() {
    let (text, board, tree) = on_gic([1, 5, 4], "");
    let found = plan::resolve(&text, &board, &Trees(tree, Vec::new())).expect_err("accepted");
    assert_eq!(
        told(&text, &found),
        "\
match-interrupt: in zone a, irq0 of the guest's /pl031@9010000 is private to a CPU, or none that a GIC has
  line 10, `true`: /pl031@9010000
  help: take it out of the zone's device tree: only shared interrupts are bound
"
    );
}

#[test]
fn a_virtual_gic_has_lines_for_the_guests_numbers() {
    let (text, board, tree) = on_gic([0, 900, 4], "");
    let plan = plan::resolve(&text, &board, &Trees(tree, Vec::new())).expect("valid");
    assert!(plan.table().contains("932 -> 102"), "{}", plan.table());
    let (text, board, tree) = on_gic([0, 960, 4], "");
    let found = plan::resolve(&text, &board, &Trees(tree, Vec::new())).expect_err("accepted");
    assert_eq!(found[0].help.as_deref(), Some("use 32 to 991: it need not be the board's number"));
}

#[test]
fn direct_delivery_cannot_renumber() {
    let (text, board, tree) = on_gic([0, 71, 4], "interrupts = \"direct\"");
    let found = plan::resolve(&text, &board, &Trees(tree, Vec::new())).expect_err("accepted");
    assert_eq!(
        told(&text, &found),
        "\
interrupt-renumbered: in zone a, direct delivery cannot make irq0 of /pl031@9010000 (interrupt 102) the interrupt 103 that the guest's /pl031@9010000 wants
  line 10, `true`: the guest's /pl031@9010000
  line 11, `\"direct\"`: no other numbers than the board's
  help: write 102 into the zone's device tree (SPI 70), or leave `interrupts` out
"
    );
    let (text, board, tree) = on_gic([0, 70, 4], "interrupts = \"direct\"");
    plan::resolve(&text, &board, &Trees(tree, Vec::new())).expect("valid");
}

#[test]
fn an_interrupt_that_the_board_gives_to_two_devices_is_reported_once() {
    let board = with_rtc(&[("interrupts", &[1, 4])]);
    let text = matching(TRUSTED);
    let tree = guest([clock(40), transport(1, 41)]);
    let found = plan::resolve(&text, &board, &Trees(tree, Vec::new())).expect_err("accepted");
    assert_eq!(found.iter().map(|found| found.code).collect::<Vec<_>>(), ["interrupt-taken"]);
    let named = text
        .replace("dtb = \"a.dtb\"\nmatch = true\n", "")
        .replace("devices = [", "devices = [\"/soc/rtc@101000\", ");
    let found = plan::resolve(&named, &board, &Files).expect_err("accepted");
    assert_eq!(found.iter().map(|found| found.code).collect::<Vec<_>>(), ["interrupt-taken"]);
}

#[test]
fn a_transport_without_an_interrupt_is_polled() {
    let plan =
        matched(&matching(TRUSTED), [node("virtio@10001000", TRANSPORT, &[0, 0x1000_1000, 0, 0x1000], &[])]);
    assert!(plan.table().contains("the guest's /soc/virtio@10001000"));
}
