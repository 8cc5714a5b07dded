//! What becomes of devices when their zone starts again.

use dtoolkit::model::{DeviceTreeNode, DeviceTreeProperty};
use manifest::{Manifest, ResetAction};
use plan::Plan;

use super::{RTC, VIRTIO, set, trusted, wanting};
use crate::riscv64::{AIA, plan};
use crate::support::with;

/// The steps for the devices of the first zone, by their distance from `base`.
fn steps(plan: &Plan, base: u64) -> Vec<(u64, ResetAction)> {
    let bundle = plan.bundle();
    let zone = Manifest::parse(&bundle).expect("valid").zones().next().expect("a zone");
    zone.resets().map(|step| (step.hpa.raw() - base, step.action)).collect()
}

/// QEMU's board with the RTC compatible with something else.
fn rtc_as(kind: &str, change: impl FnOnce(&mut DeviceTreeNode)) -> Vec<u8> {
    with(AIA, RTC, |rtc| {
        rtc.add_property(DeviceTreeProperty::new("compatible", kind).expect("a name"));
        change(rtc);
    })
}

fn rtc(dma: &str) -> String {
    wanting(&format!("{{ path = \"{RTC}\", dma = \"{dma}\" }}"))
}

fn row<'t>(table: &'t str, device: &str) -> &'t str {
    let (_, section) = table.split_once("Devices at a restart of their zone").expect("a section");
    section.lines().find(|line| line.contains(device)).expect("a row")
}

#[test]
fn a_virtio_transport_is_reset_and_waited_for() {
    let plan = plan(&wanting(&trusted(VIRTIO)), AIA);
    let expected = [(0x70, ResetAction::WriteWord(0)), (0x70, ResetAction::AwaitWord(0))];
    assert_eq!(steps(&plan, 0x1000_1000), expected);
    assert!(row(&plan.table(), VIRTIO).ends_with("  is reset"));
}

#[test]
fn a_device_without_dma_is_silenced() {
    let plan = plan(&wanting(&format!("\"{RTC}\"")), AIA);
    let words = [(0x10, 0), (0x14, 1), (0x1c, 1)];
    assert_eq!(steps(&plan, 0x10_1000), words.map(|(at, value)| (at, ResetAction::WriteWord(value))));
}

#[test]
fn each_device_that_is_known_to_do_no_dma_has_a_reset() {
    for kind in ["arm,pl011", "arm,pl031", "arm,pl061", "arm,sp804", "arm,sp805", "ns16550a", "ns16550"] {
        let found = steps(&plan(&rtc("none"), &rtc_as(kind, |_| {})), 0x10_1000);
        assert!(!found.is_empty(), "{kind}");
    }
}

#[test]
fn the_registers_of_a_uart_are_as_far_apart_as_the_board_says() {
    let board = rtc_as("ns16550a", |uart| {
        set(uart, "reg-shift", &[2]);
        set(uart, "reg-io-width", &[4]);
    });
    let words = [(12, 0), (4, 0), (8, 0), (16, 0)];
    let expected = words.map(|(at, value)| (at, ResetAction::WriteWord(value)));
    assert_eq!(steps(&plan(&rtc("none"), &board), 0x10_1000), expected);
}

#[test]
fn a_zone_with_a_dma_master_of_unknown_reset_does_not_start_again() {
    let plan = plan(&rtc("trusted"), &rtc_as("acme,disk", |_| {}));
    assert_eq!(steps(&plan, 0x10_1000), [(0, ResetAction::Unknown)]);
    assert!(row(&plan.table(), RTC).contains("the zone does not start again"));
}

#[test]
fn a_device_of_unknown_reset_without_dma_is_left_alone() {
    let plan = plan(&rtc("none"), &rtc_as("acme,led", |_| {}));
    assert_eq!(steps(&plan, 0x10_1000), []);
    assert!(row(&plan.table(), RTC).contains("stays as it is"));
}

#[test]
fn a_part_of_a_device_without_its_control_registers_has_no_reset() {
    let board = rtc_as("virtio,mmio", |virtio| {
        set(virtio, "reg", &[0, 0x10_1000, 0, 0x200, 0, 0x10_2000, 0, 0x1000]);
    });
    let text = wanting(&format!("{{ path = \"{RTC}\", dma = \"trusted\", resources = [\"reg1\"] }}"));
    assert_eq!(steps(&plan(&text, &board), 0x10_2000), [(0, ResetAction::Unknown)]);
}
