//! What is read from a device tree, and what is refused.

mod support;

use addr::{HostPhys, Range};
use board::{Board, BoardError, Firmware, InterruptController, PsciConduit, UartKind};
use dtoolkit::model::DeviceTree;
use proptest::prelude::*;
use support::{board, cells, node, text};

fn parse(tree: &DeviceTree) -> Result<Board, BoardError> {
    Board::parse(&tree.to_dtb())
}

fn range(start: u64, size: u64) -> Range<HostPhys> {
    Range::<HostPhys>::new(HostPhys::new(start), size).unwrap()
}

/// The board with `change` made to the node of that name below the root.
fn with(name: &str, change: impl FnOnce(&mut dtoolkit::model::DeviceTreeNode)) -> DeviceTree {
    let mut tree = board();
    change(tree.root.child_mut(name).unwrap());
    tree
}

#[test]
fn a_whole_board_is_read() {
    let board = parse(&board()).unwrap();
    assert_eq!(board.ram.as_slice(), [range(0x4000_0000, 0x1000_0000)]);
    assert_eq!(board.cpus.iter().map(|cpu| cpu.hardware_id).collect::<Vec<_>>(), [0, 0x100]);
    assert_eq!(board.cpu_index(0x100), Some(1));
    assert_eq!(board.firmware, Firmware::Psci(PsciConduit::Smc));
    assert_eq!(board.initrd, None);
}

#[test]
fn the_console_is_found_through_alias_and_bus() {
    let uart = parse(&board()).unwrap().uart;
    assert_eq!(uart.frame, range(0x1000_1000, 0x1000));
    assert_eq!((uart.interrupt, uart.kind), (33, UartKind::Pl011));
}

#[test]
fn every_redistributor_region_is_found() {
    let InterruptController::Gicv3(gic) = parse(&board()).unwrap().interrupt_controller else {
        panic!("another controller")
    };
    assert_eq!(gic.distributor, range(0x800_0000, 0x1_0000));
    assert_eq!(gic.redistributors.as_slice(), [range(0x80a_0000, 0x4_0000), range(0x1_0000_0000, 0x4_0000)]);
    assert_eq!(gic.maintenance, 25);
}

#[test]
fn more_redistributor_regions_than_reg_has_are_refused() {
    let tree = with("intc@8000000", |gic| gic.add_property(cells("#redistributor-regions", &[3])));
    assert_eq!(parse(&tree).unwrap_err(), BoardError::BadProperty("#redistributor-regions"));
}

#[test]
fn another_interrupt_controller_is_refused() {
    let tree = with("intc@8000000", |gic| gic.add_property(text("compatible", "arm,pl390")));
    let known = "GICv3, compatible arm,gic-v3; GICv2, compatible arm,gic-400";
    assert_eq!(parse(&tree).unwrap_err(), BoardError::NoInterruptController(known));
}

#[test]
fn a_board_that_is_refused_still_has_its_console() {
    let tree = with("intc@8000000", |gic| gic.add_property(text("compatible", "arm,pl390")));
    assert_eq!(Board::console(&tree.to_dtb()), Ok((range(0x1000_1000, 0x1000), UartKind::Pl011)));
}

#[test]
fn a_disabled_cpu_is_no_cpu() {
    let tree =
        with("cpus", |cpus| cpus.child_mut("cpu@100").unwrap().add_property(text("status", "disabled")));
    assert_eq!(parse(&tree).unwrap().cpus.len(), 1);
}

#[test]
fn a_console_that_is_no_pl011_is_refused() {
    let tree = with("bus@10000000", |bus| {
        bus.child_mut("serial@1000").unwrap().add_property(text("compatible", "ns16550a"));
    });
    assert_eq!(parse(&tree).unwrap_err(), BoardError::NoConsole("arm,pl011"));
}

#[test]
fn a_bus_that_does_not_reach_its_device_is_refused() {
    let tree = with("bus@10000000", |bus| bus.add_property(cells("ranges", &[0, 0, 0x1000_0000, 0x1000])));
    assert_eq!(parse(&tree).unwrap_err(), BoardError::BadProperty("ranges"));
}

#[test]
fn reserved_memory_is_listed() {
    let mut tree = board();
    tree.root.add_child(node(
        "reserved-memory",
        vec![cells("#address-cells", &[2]), cells("#size-cells", &[2]), cells("ranges", &[])],
        vec![node("firmware@4f000000", vec![cells("reg", &[0, 0x4f00_0000, 0, 0x10_0000])], vec![])],
    ));
    assert_eq!(parse(&tree).unwrap().reserved.as_slice(), [range(0x4f00_0000, 0x10_0000)]);
}

#[test]
fn the_bundle_is_found_as_the_initrd() {
    let tree = with("chosen", |chosen| {
        chosen.add_property(cells("linux,initrd-start", &[0x4800_0000]));
        chosen.add_property(cells("linux,initrd-end", &[0, 0x4900_0000]));
    });
    assert_eq!(parse(&tree).unwrap().initrd, Some(range(0x4800_0000, 0x100_0000)));
}

#[test]
fn an_initrd_that_ends_before_it_starts_is_refused() {
    let tree = with("chosen", |chosen| {
        chosen.add_property(cells("linux,initrd-start", &[2]));
        chosen.add_property(cells("linux,initrd-end", &[1]));
    });
    assert!(matches!(parse(&tree).unwrap_err(), BoardError::BadProperty(_)));
}

#[test]
fn psci_by_hvc_is_told_apart() {
    let tree = with("psci", |psci| psci.add_property(text("method", "hvc")));
    assert_eq!(parse(&tree).unwrap().firmware, Firmware::Psci(PsciConduit::Hvc));
    let tree = with("psci", |psci| psci.add_property(text("method", "spin-table")));
    assert_eq!(parse(&tree).unwrap_err(), BoardError::NoPsci);
}

#[test]
fn nodes_nested_without_end_are_refused() {
    let mut nested = node("deep", vec![], vec![]);
    for _ in 0..board::MAX_DEPTH {
        nested = node("deep", vec![], vec![nested]);
    }
    let mut tree = board();
    // Before the interrupt controller, so that looking for it leads through here.
    tree.root.remove_child("intc@8000000");
    tree.root.add_child(nested);
    assert_eq!(parse(&tree).unwrap_err(), BoardError::TooDeep);
}

proptest! {
    #[test]
    fn random_bytes_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(Board::parse(&bytes).is_err());
    }

    #[test]
    fn a_damaged_tree_never_panics(place in any::<prop::sample::Index>(), value in any::<u8>(), more in any::<(prop::sample::Index, u8)>()) {
        let mut blob = board().to_dtb();
        let place = place.index(blob.len());
        blob[place] = value;
        let place = more.0.index(blob.len());
        blob[place] = more.1;
        let _ = Board::parse(&blob);
    }
}
