//! Boards that Bulkhead cannot run on.

use crate::support::{TestBoard, TestFiles, refused_on, told, two_zones};

#[test]
fn a_board_without_a_gic_is_refused() {
    refused_on(
        &TestBoard { gic: None, ..TestBoard::default() },
        "\
board-no-gic: no supported interrupt controller in the device tree (supported: GICv3, compatible arm,gic-v3; GICv2, compatible arm,gic-400)
  help: is it the right device tree? with QEMU add `gic-version=3` to `machine`
",
    );
}

#[test]
fn a_board_without_psci_is_refused() {
    refused_on(
        &TestBoard { psci: None, ..TestBoard::default() },
        "\
board-no-psci: no PSCI node with a method of smc or hvc in the device tree
  help: Bulkhead starts CPUs by PSCI: boot with firmware that has it (TF-A) and describes it in the tree
",
    );
}

#[test]
fn a_board_whose_el2_is_taken_is_refused() {
    refused_on(
        &TestBoard { psci: Some("hvc"), ..TestBoard::default() },
        "\
board-no-el2: the board's firmware is called by HVC: EL2 is not Bulkhead's there
  help: boot at EL2; with QEMU add `virtualization=on` to `machine`
",
    );
}

#[test]
fn a_board_without_a_console_is_refused() {
    refused_on(
        &TestBoard { stdout: None, ..TestBoard::default() },
        "\
board-no-console: /chosen/stdout-path names no supported console (supported: arm,pl011)
  help: let /chosen/stdout-path of the board's device tree name its PL011
",
    );
}

#[test]
fn a_board_whose_console_is_no_pl011_is_refused() {
    refused_on(
        &TestBoard { stdout: Some("/pl031@9010000"), ..TestBoard::default() },
        "\
board-no-console: /chosen/stdout-path names no supported console (supported: arm,pl011)
  help: let /chosen/stdout-path of the board's device tree name its PL011
",
    );
}

#[test]
fn too_few_redistributor_frames_are_found() {
    refused_on(
        &TestBoard { redistributors: 0x4_0000, ..TestBoard::default() },
        "\
board-redistributors: the board's GIC has 2 redistributor frames for 4 CPUs
  help: correct the reg property of the interrupt controller in the board's device tree
",
    );
}

#[test]
fn banks_that_overlap_are_found() {
    let ram = vec![(0x4000_0000, 0x4000_0000), (0x6000_0000, 0x4000_0000)];
    refused_on(
        &TestBoard { ram, ..TestBoard::default() },
        "\
board-memory: the board's RAM banks 0x40000000..0x80000000 and 0x60000000..0xa0000000 overlap
  help: correct the memory nodes of the board's device tree
",
    );
}

#[test]
fn a_bank_too_small_to_boot_in_is_found() {
    let ram = vec![(0x4000_0000, 0x40_0000), (0x8000_0000, 0x4000_0000)];
    refused_on(
        &TestBoard { ram, ..TestBoard::default() },
        "\
boot-area: the first RAM bank 0x40000000..0x40400000 does not hold the image, the bundle and the device tree
  help: name another place of 6 MiB: `boot-area` in [board]
",
    );
}

#[test]
fn what_is_no_device_tree_is_refused() {
    let text = two_zones();
    let source = b"/dts-v1/; / { compatible = \"board\"; };";
    let found = plan::resolve(&text, source, &TestFiles).expect_err("refused");
    assert_eq!(
        told(&text, &found),
        "\
board-malformed: the board's device tree cannot be read: Invalid FDT length at offset 0
  help: name a flattened device tree blob (.dtb), not its source
"
    );
}

#[test]
fn bytes_behind_the_device_tree_are_left_out() {
    let mut blob = TestBoard::default().dtb();
    blob.resize(1 << 20, 0);
    assert!(plan::resolve(&two_zones(), &blob, &TestFiles).is_ok());
}
