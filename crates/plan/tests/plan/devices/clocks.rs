//! Devices that are fed by clocks.

use dtoolkit::model::{DeviceTreeNode, DeviceTreeProperty};
use plan::{Diagnostic, Plan};
use proptest::collection::vec;
use proptest::prelude::*;

use super::set;
use crate::riscv64::tree_text;
use crate::support::{TestBoard, TestFiles, told, with, zone};

/// The test board with these clocks, the RTC fed by the first. Each is a name, a kind, its cells, and what feeds it.
fn board(clocks: &[(&str, &str, u32, &[u32])]) -> Vec<u8> {
    let board = with(&TestBoard::default().dtb(), "/", |root| {
        for (phandle, (name, kind, count, parents)) in (0x50..).zip(clocks) {
            let mut clock = DeviceTreeNode::new(*name).expect("a name");
            clock.add_property(DeviceTreeProperty::new("compatible", *kind).expect("a name"));
            set(&mut clock, "#clock-cells", &[*count]);
            set(&mut clock, "clock-frequency", &[24_000_000]);
            set(&mut clock, "phandle", &[phandle]);
            if !parents.is_empty() {
                set(&mut clock, "clocks", parents);
            }
            root.add_child(clock);
        }
    });
    with(&board, "/pl031@9010000", |rtc| {
        set(rtc, "clocks", &[0x50]);
        rtc.add_property(DeviceTreeProperty::new("clock-names", "apb_pclk").expect("a name"));
    })
}

fn text() -> String {
    crate::support::text(&[zone("a", "[0]", "\"64M\"", "devices = [\"rtc0\"]")])
}

fn planned(board: &[u8]) -> Plan {
    plan::resolve(&text(), board, &TestFiles)
        .unwrap_or_else(|diagnostics| panic!("refused: {diagnostics:#?}"))
}

fn mistakes(board: &[u8]) -> Vec<Diagnostic> {
    plan::resolve(&text(), board, &TestFiles).expect_err("accepted")
}

#[test]
fn a_fixed_clock_comes_with_the_device_that_it_feeds() {
    let tree = tree_text(&planned(&board(&[("apb-pclk", "fixed-clock", 0, &[])])), "a");
    for part in [
        "board-clock-0 {\n        compatible = \"fixed-clock\";",
        "phandle = <0x1000>;",
        "clocks = <0x1000>;",
        "clock-names = \"apb_pclk\";",
    ] {
        assert!(tree.contains(part), "{part} in {tree}");
    }
}

#[test]
fn a_clock_derived_from_a_fixed_one_comes_with_it() {
    let clocks: [(&str, &str, u32, &[u32]); 2] =
        [("half", "fixed-factor-clock", 0, &[0x51]), ("whole", "fixed-clock", 0, &[])];
    let tree = tree_text(&planned(&board(&clocks)), "a");
    assert!(tree.contains("clocks = <0x1000>;"), "{tree}");
    assert!(tree.contains("clocks = <0x1001>;"), "{tree}");
}

#[test]
fn a_clock_of_a_controller_is_refused() {
    for (kind, cells) in [("acme,clocks", 0), ("fixed-clock", 1)] {
        let found = mistakes(&board(&[("clocks", kind, cells, &[])]));
        let expected = "\
device-clock: /pl031@9010000 needs a clock of /clocks, a clock controller, which is nobody's
  line 9, `\"rtc0\"`: needs a clock that cannot be given
  help: leave it out; or, where firmware leaves the clock running, describe it as a `fixed-clock` in the board's device tree
";
        assert_eq!(told(&text(), &found), expected);
    }
}

#[test]
fn a_clock_that_is_not_there_is_found() {
    let found = mistakes(&board(&[]));
    assert_eq!(found[0].message, "a clock of /pl031@9010000 is missing: no node has the phandle 0x50");
}

#[test]
fn clocks_that_feed_one_another_are_found() {
    let clocks: [(&str, &str, u32, &[u32]); 2] =
        [("one", "fixed-factor-clock", 0, &[0x51]), ("other", "fixed-factor-clock", 0, &[0x50])];
    let found = mistakes(&board(&clocks));
    assert_eq!(
        found[0].message,
        "the clocks of /pl031@9010000 feed one another in a circle, or too many in a row"
    );
}

proptest! {
    #[test]
    fn damaged_clocks_are_answered(changes in vec((any::<usize>(), any::<u8>()), 1..8)) {
        let clocks: [(&str, &str, u32, &[u32]); 2] =
            [("half", "fixed-factor-clock", 0, &[0x51]), ("whole", "fixed-clock", 0, &[])];
        let mut board = board(&clocks);
        let length = board.len();
        changes.into_iter().for_each(|(place, value)| board[place % length] = value);
        // Accepted or refused; a plan has passed the hypervisor's checks.
        let _ = plan::resolve(&text(), &board, &TestFiles);
    }
}
