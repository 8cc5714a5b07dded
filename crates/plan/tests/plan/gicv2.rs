//! Boards with a GICv2: what a zone gets, and what makes one that zones cannot run on.

use dtoolkit::fdt::Fdt;
use manifest::{Controller, GicVersion, Manifest};

use crate::support::{TestBoard, TestFiles, plan_on, refused_on, told, two_zones};

/// The text of a zone's device tree.
fn tree(zone: &str) -> String {
    let plan = plan_on(&two_zones(), &TestBoard::with_gicv2());
    Fdt::new(plan.guest_dtb(zone).expect("a zone")).expect("a device tree").to_string()
}

/// A board whose GICC, GICH and GICV these are.
fn refused_with(frames: &[(u64, u64)], expected: &str) {
    let board = TestBoard { gic_frames: Some(frames.to_vec()), ..TestBoard::with_gicv2() };
    refused_on(&board, expected);
}

#[test]
fn a_zone_has_a_gicv2_where_the_board_has_its_own() {
    let bundle = plan_on(&two_zones(), &TestBoard::with_gicv2()).bundle();
    let zone = Manifest::parse(&bundle).expect("valid").zones().next().expect("a zone");
    let Controller::Gic(gic) = zone.controller() else { panic!("another controller") };
    let GicVersion::V2 { cpu_interface } = gic.version else { panic!("another version") };
    assert_eq!((gic.distributor.start().raw(), gic.distributor.size()), (0x800_0000, 0x1000));
    assert_eq!((cpu_interface.start().raw(), cpu_interface.size()), (0x801_0000, 0x2000));
    assert_eq!(gic.spi_count, 32);
}

#[test]
fn a_guest_finds_one_contiguous_cpu_interface_where_the_board_repeats_each_page() {
    let frames = vec![(0x802_0000, 0x2_0000), (0x804_0000, 0x2_0000), (0x806_0000, 0x2_0000)];
    let board = TestBoard { gic_frames: Some(frames), ..TestBoard::with_gicv2() };
    let plan = plan_on(&two_zones(), &board);
    let tree = Fdt::new(plan.guest_dtb("a").expect("a zone")).expect("a device tree").to_string();
    assert!(tree.contains("reg = <0x00 0x8000000 0x00 0x1000 0x00 0x802f000 0x00 0x2000>;"), "{tree}");
}

#[test]
fn the_guests_tree_describes_a_gicv2_without_virtualization() {
    let tree = tree("a");
    let expected = "\
    interrupt-controller@8000000 {
        compatible = \"arm,cortex-a15-gic\";
        #interrupt-cells = <0x03>;
        interrupt-controller;
        reg = <0x00 0x8000000 0x00 0x1000 0x00 0x8010000 0x00 0x2000>;
        phandle = <0x01>;
    };
";
    assert!(tree.contains(expected), "{tree}");
}

#[test]
fn a_private_interrupt_names_the_vcpus_that_have_it() {
    for (zone, flags) in [("a", "0x304"), ("b", "0x104")] {
        let tree = tree(zone);
        let expected = format!("interrupts = <0x01 0x0e {flags} 0x01 0x0b {flags}>;");
        assert!(tree.contains(&expected), "{tree}");
    }
}

#[test]
fn the_table_names_what_the_hypervisor_keeps_and_what_a_zone_has() {
    let table = plan_on(&two_zones(), &TestBoard::with_gicv2()).table();
    for row in [
        "  bulkhead  GICv2 distributor                0x8000000..0x8010000  25",
        "  bulkhead  GICv2 CPU interfaces             0x8010000..0x8012000  -",
        "  bulkhead  GICv2 virtual interface control  0x8030000..0x8040000  -",
        "  zone b    virtual GICv2 distributor        0x8000000..0x8001000  -",
        "  zone b    virtual GICv2 CPU interface      0x8010000..0x8012000  -",
    ] {
        assert!(table.lines().any(|line| line == row), "{row:?} is not in\n{table}");
    }
}

#[test]
fn the_drawing_is_tidy() {
    crate::drawing::is_tidy(&plan_on(&two_zones(), &TestBoard::with_gicv2()).svg());
}

#[test]
fn a_gicv2_without_virtualization_is_refused() {
    refused_with(
        &[(0x801_0000, 0x1_0000)],
        "\
board-gicv2: the board's GICv2 has no virtual CPU interface (GICH, GICV, maintenance interrupt)
  help: is it the right device tree? with QEMU add `virtualization=on` to `machine`
",
    );
}

#[test]
fn a_gicv2_whose_gicc_is_one_page_is_refused() {
    refused_with(
        &[(0x801_0000, 0x1000), (0x803_0000, 0x1_0000), (0x804_0000, 0x1_0000)],
        "\
board-gicv2: the GICC of the board's GICv2 lacks its second page, where interrupts are deactivated
  help: let reg of the interrupt controller in the board's device tree say how large GICC is: 8 KiB, or 128 KiB where each page repeats over 64 KiB
",
    );
}

#[test]
fn a_gicv_that_shares_its_page_is_refused() {
    refused_with(
        &[(0x801_0000, 0x1_0000), (0x803_0000, 0x1_0000), (0x901_0000, 0x1_0000)],
        "\
board-gicv2: the first page of the GICV of the board's GICv2 is shared with something else
  help: zones would get the rest of the page too; take a board whose GICV has pages of its own
",
    );
}

#[test]
fn more_than_eight_cpus_are_refused() {
    refused_on(
        &TestBoard { cpus: 9, ..TestBoard::with_gicv2() },
        "\
board-gicv2: the board has 9 CPUs, and a GICv2 no more than 8
  help: take the device tree that the board's firmware passes to Linux
",
    );
}

#[test]
fn direct_delivery_is_refused() {
    let text = two_zones().replacen("name = \"a\"", "name = \"a\"\ninterrupts = \"direct\"", 1);
    let board = TestBoard::with_gicv2().dtb();
    let found = plan::resolve(&text, &board, &TestFiles).expect_err("refused");
    assert_eq!(
        told(&text, &found),
        "\
interrupt-delivery: zone a wants direct interrupts, and the CPU interface of a GICv2 cannot be shared with a guest
  line 6, `\"direct\"`: not on this board
  help: leave `interrupts` out, or take a board with a GICv3
"
    );
}
