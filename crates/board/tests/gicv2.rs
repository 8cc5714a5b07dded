//! A GICv2 is taken as its device tree gives it, and refused where zones cannot run on it.

mod support;

use addr::{HostPhys, Range};
use board::{Board, BoardError, Device, Gicv2, Gicv2Error, InterruptController};
use dtoolkit::model::{DeviceTree, DeviceTreeNode};
use support::{board, cells, node, text};

fn range(start: u64, size: u64) -> Range<HostPhys> {
    Range::<HostPhys>::new(HostPhys::new(start), size).unwrap()
}

/// GICD, GICC, GICH and GICV as QEMU's virt machine has them.
const VIRT: [(u32, u32); 4] =
    [(0x800_0000, 0x1_0000), (0x801_0000, 0x1_0000), (0x803_0000, 0x1_0000), (0x804_0000, 0x1_0000)];

/// The same with each page of GICC and GICV repeated over 64 KiB.
const ALIASED: [(u32, u32); 4] =
    [(0x800_0000, 0x1_0000), (0x802_0000, 0x2_0000), (0x804_0000, 0x2_0000), (0x806_0000, 0x2_0000)];

/// A board whose GIC is one of these with these frames.
fn gicv2(compatible: &str, frames: &[(u32, u32)]) -> DeviceTree {
    let mut tree = board();
    let gic = tree.root.child_mut("intc@8000000").unwrap();
    gic.add_property(text("compatible", compatible));
    let reg: Vec<_> = frames.iter().flat_map(|(start, size)| [0, *start, 0, *size]).collect();
    gic.add_property(cells("reg", &reg));
    tree
}

fn parse(tree: &DeviceTree) -> Result<Board, BoardError> {
    Board::parse(&tree.to_dtb())
}

fn found(tree: &DeviceTree) -> Gicv2 {
    match parse(tree).unwrap().interrupt_controller {
        InterruptController::Gicv2(gic) => gic,
        other => panic!("{other:?}"),
    }
}

fn refusal(tree: &DeviceTree) -> BoardError {
    parse(tree).unwrap_err()
}

fn device(name: &str, start: u32, size: u32) -> DeviceTreeNode {
    node(name, vec![cells("reg", &[0, start, 0, size]), text("status", "disabled")], vec![])
}

#[test]
fn every_frame_is_found() {
    for compatible in ["arm,cortex-a15-gic", "arm,gic-400", "arm,cortex-a7-gic"] {
        let gic = found(&gicv2(compatible, &VIRT));
        assert_eq!(gic.distributor, range(0x800_0000, 0x1_0000));
        assert_eq!(gic.cpu_interface, range(0x801_0000, 0x2000));
        assert_eq!(gic.control, range(0x803_0000, 0x1_0000));
        assert_eq!(gic.virtual_cpu_interface, range(0x804_0000, 0x1000));
        assert_eq!(gic.maintenance, 25);
    }
}

#[test]
fn a_page_that_is_repeated_over_64_kib_is_used_where_it_meets_the_next() {
    let gic = found(&gicv2("arm,gic-400", &ALIASED));
    assert_eq!(gic.cpu_interface, range(0x802_f000, 0x2000));
    assert_eq!(gic.virtual_cpu_interface, range(0x806_0000, 0x1000));
}

#[test]
fn all_that_the_tree_gives_the_gic_is_not_for_zones() {
    let controller = InterruptController::Gicv2(found(&gicv2("arm,gic-400", &ALIASED)));
    let frames: Vec<_> = controller.frames().collect();
    assert_eq!(frames, ALIASED.map(|(start, size)| range(start.into(), size.into())));
}

#[test]
fn a_gicv2_without_virtual_cpu_interface_is_refused() {
    let without = Gicv2Error::NoVirtualization;
    assert_eq!(refusal(&gicv2("arm,gic-400", &VIRT[..2])), without.into());
    let mut tree = gicv2("arm,gic-400", &VIRT);
    // A shared interrupt.
    tree.root.child_mut("intc@8000000").unwrap().add_property(cells("interrupts", &[0, 9, 4]));
    assert_eq!(refusal(&tree), without.into());
}

#[test]
fn a_cpu_interface_without_its_second_page_is_refused() {
    let mut frames = VIRT;
    frames[1].1 = 0x1000;
    assert_eq!(refusal(&gicv2("arm,gic-400", &frames)), Gicv2Error::NoDeactivation.into());
}

#[test]
fn a_gicv_that_is_also_the_gic_s_own_is_refused() {
    let mut frames = VIRT;
    frames[3].0 = 0x803_1000;
    assert_eq!(refusal(&gicv2("arm,gic-400", &frames)), Gicv2Error::SharedPage.into());
}

#[test]
fn a_gicv_that_is_no_whole_page_is_refused() {
    for (start, size) in [(0x804_0800, 0x2000), (0x804_0000, 0x800)] {
        let mut frames = VIRT;
        frames[3] = (start, size);
        assert_eq!(refusal(&gicv2("arm,gic-400", &frames)), Gicv2Error::SharedPage.into());
    }
}

#[test]
fn another_device_in_the_page_of_gicv_is_a_refusal_even_when_it_is_disabled() {
    let mut tree = gicv2("arm,gic-400", &VIRT);
    tree.root.add_child(device("watchdog@8040800", 0x804_0800, 0x100));
    assert_eq!(refusal(&tree), Gicv2Error::SharedPage.into());
}

#[test]
fn another_device_behind_the_page_of_gicv_does_not_matter() {
    let mut tree = gicv2("arm,gic-400", &VIRT);
    tree.root.add_child(device("watchdog@8041000", 0x804_1000, 0x100));
    assert!(parse(&tree).is_ok());
}

#[test]
fn a_control_frame_that_is_no_page_is_refused() {
    let mut frames = VIRT;
    frames[2].1 = 0x200;
    assert_eq!(refusal(&gicv2("arm,gic-400", &frames)), BoardError::BadProperty("GICH reg"));
}

#[test]
fn nine_cpus_are_too_many() {
    let mut tree = gicv2("arm,gic-400", &VIRT);
    for number in 1..8u32 {
        let cpu = vec![text("device_type", "cpu"), cells("reg", &[number])];
        tree.root.child_mut("cpus").unwrap().add_child(node(&format!("cpu@{number:x}"), cpu, vec![]));
    }
    assert_eq!(refusal(&tree), Gicv2Error::TooManyCpus(9).into());
}

#[test]
fn interrupts_of_devices_are_read_as_a_gicv3_s() {
    let mut tree = gicv2("arm,gic-400", &VIRT);
    tree.root.child_mut("intc@8000000").unwrap().add_property(cells("phandle", &[7]));
    let mut timer = device("timer@b000000", 0xb00_0000, 0x1000);
    timer.add_property(cells("interrupt-parent", &[7]));
    timer.add_property(cells("interrupts", &[0, 9, 4]));
    tree.root.add_child(timer);
    let blob = tree.to_dtb();
    let controller = Board::parse(&blob).unwrap().interrupt_controller;
    let device = Device::at(&blob, "/timer@b000000").unwrap().unwrap();
    assert_eq!(device.interrupts(&controller).unwrap()[0].number, 41);
}
