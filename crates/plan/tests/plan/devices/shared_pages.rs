//! Devices in a page with others.

use manifest::{Manifest, RegionKind};

use super::{RTC, VIRTIO, quoted, set, trusted, two_wanting, wanting, with_rtc};
use crate::riscv64::{AIA, plan, tree_text};
use crate::support::with;

/// QEMU's board with two of its transports and the RTC in one page, as its arm64 board has eight.
fn board() -> Vec<u8> {
    let board = with_rtc(&[("reg", &[0, 0x10_1e00, 0, 0x200])]);
    let board = with(&board, VIRTIO, |virtio| set(virtio, "reg", &[0, 0x10_1000, 0, 0x200]));
    with(&board, SECOND, |virtio| set(virtio, "reg", &[0, 0x10_1200, 0, 0x200]))
}

const SECOND: &str = "/soc/virtio_mmio@10002000";

/// QEMU's board with two of its transports in one page that they fill.
fn board_of_halves() -> Vec<u8> {
    let board = with(AIA, VIRTIO, |virtio| set(virtio, "reg", &[0, 0x10_1000, 0, 0x800]));
    let board = with(&board, SECOND, |virtio| set(virtio, "reg", &[0, 0x10_1800, 0, 0x800]));
    with(&board, RTC, |rtc| set(rtc, "reg", &[0, 0x10_2000, 0, 0x1000]))
}

/// Start, size and kind of the device regions of each zone.
fn regions(text: &str, board: &[u8]) -> Vec<Vec<(u64, u64, RegionKind)>> {
    let bundle = plan(text, board).bundle();
    let zones = Manifest::parse(&bundle).expect("valid").zones().map(|zone| {
        let devices = zone.regions().filter(|region| region.kind != RegionKind::Ram);
        let place = |region: manifest::Region| {
            assert_eq!(region.ipa.raw(), region.hpa.raw());
            (region.hpa.raw(), region.size, region.kind)
        };
        devices.map(place).collect()
    });
    zones.collect()
}

#[test]
fn two_zones_get_their_own_part_of_a_page_that_neither_maps() {
    let text = two_wanting(&trusted(VIRTIO), &trusted(SECOND));
    let expected =
        [[(0x10_1000, 0x200, RegionKind::SharedPage)], [(0x10_1200, 0x200, RegionKind::SharedPage)]];
    assert_eq!(regions(&text, &board()), expected);
}

#[test]
fn a_page_that_devices_of_one_zone_fill_is_mapped() {
    let text = wanting(&[SECOND, VIRTIO].map(trusted).join(", "));
    assert_eq!(regions(&text, &board_of_halves()), [[(0x10_1000, 0x1000, RegionKind::Device)]]);
    assert!(!plan(&text, &board_of_halves()).table().contains("shared page"));
}

#[test]
fn a_page_that_devices_of_two_zones_fill_is_not() {
    let text = two_wanting(&trusted(VIRTIO), &trusted(SECOND));
    let expected =
        [[(0x10_1000, 0x800, RegionKind::SharedPage)], [(0x10_1800, 0x800, RegionKind::SharedPage)]];
    assert_eq!(regions(&text, &board_of_halves()), expected);
}

#[test]
fn the_table_tells_devices_of_a_zone_in_shared_pages_from_those_that_are_mapped() {
    let text = wanting(&[trusted(VIRTIO), quoted(RTC)].join(", "));
    let table = plan(&text, &board_of_halves()).table();
    assert!(table.contains("10001000 (in a shared page)  0x101000..0x101800"), "{table}");
    assert!(table.contains("rtc@101000 ") && !table.contains("rtc@101000 ("), "{table}");
}

#[test]
fn a_part_of_a_page_is_not_mapped_even_where_nothing_else_is_known_in_it() {
    let board = with_rtc(&[("reg", &[0, 0x10_1000, 0, 0x100])]);
    let expected = [[(0x10_1000, 0x100, RegionKind::SharedPage)]];
    assert_eq!(regions(&wanting(&format!("\"{RTC}\"")), &board), expected);
}

#[test]
fn whole_pages_of_a_device_are_mapped_and_its_last_part_is_not() {
    let board = with_rtc(&[("reg", &[0, 0x10_1000, 0, 0x1010])]);
    let expected = [[(0x10_1000, 0x1000, RegionKind::Device), (0x10_2000, 0x10, RegionKind::SharedPage)]];
    assert_eq!(regions(&wanting(&format!("\"{RTC}\"")), &board), expected);
}

#[test]
fn the_guest_is_told_of_its_own_registers() {
    let text = tree_text(&plan(&wanting(&trusted(VIRTIO)), &board()), "a");
    assert!(
        text.contains("virtio_mmio@101000 {") && text.contains("reg = <0x00 0x101000 0x00 0x200>;"),
        "{text}"
    );
}

#[test]
fn the_table_says_which_devices_share_a_page() {
    assert!(
        plan(&wanting(&trusted(VIRTIO)), &board())
            .table()
            .contains("10001000 (in a shared page)  0x101000..0x101200")
    );
    assert!(!plan(&wanting(&trusted(VIRTIO)), AIA).table().contains("shared page"));
}
