//! Nodes without registers that have lines of a zone's devices: keys and LEDs of a GPIO controller.

use dtoolkit::model::{DeviceTreeNode, DeviceTreeProperty};
use proptest::collection::vec;
use proptest::prelude::*;

use super::set;
use crate::riscv64::tree_text;
use crate::support::{TestBoard, TestFiles, told, with, zone};

const GPIO: u32 = 0x60;

/// The test board with a GPIO controller and a power button on its line 3, as QEMU's virt machine has them, and with
/// `change` made to the button.
fn board(change: impl FnOnce(&mut DeviceTreeNode)) -> Vec<u8> {
    with(&TestBoard::default().dtb(), "/", |root| {
        let text = |node: &mut DeviceTreeNode, name: &str, value: &str| {
            node.add_property(DeviceTreeProperty::new(name, value).expect("a name"));
        };
        let mut gpio = DeviceTreeNode::new("pl061@9030000").expect("a name");
        text(&mut gpio, "compatible", "arm,pl061");
        set(&mut gpio, "reg", &[0, 0x0903_0000, 0, 0x1000]);
        set(&mut gpio, "interrupts", &[0, 7, 4]);
        set(&mut gpio, "gpio-controller", &[]);
        set(&mut gpio, "#gpio-cells", &[2]);
        set(&mut gpio, "phandle", &[GPIO]);
        root.add_child(gpio);
        let mut button = DeviceTreeNode::new("poweroff").expect("a name");
        set(&mut button, "gpios", &[GPIO, 3, 0]);
        set(&mut button, "linux,code", &[116]);
        change(&mut button);
        let mut keys = DeviceTreeNode::new("gpio-keys").expect("a name");
        text(&mut keys, "compatible", "gpio-keys");
        set(&mut keys, "phandle", &[0x61]);
        keys.add_child(button);
        root.add_child(keys);
    })
}

/// Zones a and b that want these devices.
fn wanting(of_a: &str, of_b: &str) -> String {
    let more = |devices| format!("devices = [{devices}]");
    crate::support::text(&[
        zone("a", "[0]", "\"64M\"", &more(of_a)),
        zone("b", "[1]", "\"64M\"", &more(of_b)),
    ])
}

/// Checks that zone a cannot have the keys, for exactly this reason.
#[track_caller]
fn refused(board: &[u8], text: &str, expected: &str) {
    let found = plan::resolve(text, board, &TestFiles).expect_err("accepted");
    assert_eq!(told(text, &found), expected);
}

const BOTH: &str = "\"pl061@9030000\", \"gpio-keys\"";

#[test]
fn keys_come_with_the_lines_of_the_zones_own_gpio_controller() {
    for devices in [BOTH, "\"gpio-keys\", \"pl061@9030000\""] {
        let plan = plan::resolve(&wanting(devices, ""), &board(|_| ()), &TestFiles);
        let plan = plan.unwrap_or_else(|diagnostics| panic!("refused: {diagnostics:#?}"));
        let tree = tree_text(&plan, "a");
        let (_, keys) = tree.split_once("    gpio-keys-").expect("the keys");
        let (keys, _) = keys.split_once("\n    };\n").expect("an end");
        let phandle = keys.split("gpios = <").nth(1).and_then(|rest| rest.split(' ').next()).expect("a line");
        assert_eq!(
            &keys[1..],
            format!(
                " {{
        compatible = \"gpio-keys\";

        poweroff {{
            linux,code = <0x74>;
            gpios = <{phandle} 0x03 0x00>;
        }};"
            )
        );
        let (_, gpio) = tree.split_once("    pl061@9030000 {").expect("the controller");
        let (gpio, _) = gpio.split_once("};").expect("an end");
        assert!(gpio.contains(&format!("phandle = <{phandle}>;")), "{tree}");
    }
}

#[test]
fn what_nobody_refers_to_has_no_phandle() {
    let plan = plan::resolve(&wanting("\"pl061@9030000\"", ""), &board(|_| ()), &TestFiles).expect("a plan");
    let tree = tree_text(&plan, "a");
    let (_, gpio) = tree.split_once("    pl061@9030000 {").expect("the controller");
    let (gpio, _) = gpio.split_once("};").expect("an end");
    assert!(!gpio.contains("phandle"), "{gpio}");
}

#[test]
fn a_device_with_registers_may_have_lines_of_the_zones_own_gpio_controller() {
    let board = with(&board(|_| ()), "/pl031@9010000", |rtc| set(rtc, "wakeup-gpios", &[GPIO, 5, 1]));
    let devices = "\"pl061@9030000\", \"rtc0\"";
    let plan = plan::resolve(&wanting(devices, ""), &board, &TestFiles).expect("a plan");
    assert!(tree_text(&plan, "a").contains("wakeup-gpios = <0x10000 0x05 0x01>;"));
}

#[test]
fn keys_are_listed_with_their_owner_and_have_nothing_to_reset() {
    let plan = plan::resolve(&wanting(BOTH, ""), &board(|_| ()), &TestFiles).expect("a plan");
    let table = plan.table();
    let rows = table.lines().filter(|line| line.contains("/gpio-keys"));
    let rows = rows.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    assert_eq!(
        rows.collect::<Vec<_>>(),
        ["zone a /gpio-keys - -", "a /gpio-keys has nothing to reset: no registers are its own"]
    );
}

#[test]
fn keys_on_a_line_that_no_zone_has_name_the_device_to_add() {
    refused(
        &board(|_| ()),
        &wanting("\"gpio-keys\"", ""),
        "\
device-depends: /gpio-keys needs /pl061@9030000 (property `gpios`), which no zone has
  line 9, `\"gpio-keys\"`: depends on another node
  help: add /pl061@9030000 to the devices of zone a; or leave /gpio-keys out
",
    );
}

#[test]
fn keys_on_a_line_of_another_zone_name_the_zone() {
    refused(
        &board(|_| ()),
        &wanting("\"gpio-keys\"", "\"pl061@9030000\""),
        "\
device-depends: /gpio-keys needs /pl061@9030000 (property `gpios`), which zone b has
  line 9, `\"gpio-keys\"`: depends on another node
  help: leave one of the two out: a device has one owner
",
    );
}

#[test]
fn keys_on_a_line_of_nothing_are_refused() {
    let found = plan::resolve(
        &wanting(BOTH, ""),
        &board(|button| set(button, "gpios", &[GPIO, 3, 0, 0x4444, 3, 0])),
        &TestFiles,
    );
    assert_eq!(
        found.expect_err("accepted")[0].message,
        "/gpio-keys needs what its property `gpios` refers to, which cannot be found"
    );
}

#[test]
fn a_line_without_its_cells_is_malformed() {
    refused(
        &board(|button| set(button, "gpios", &[GPIO, 3])),
        &wanting(BOTH, ""),
        "\
device-depends: the property `gpios` of /gpio-keys is malformed: `#gpio-cells` of /pl061@9030000 does not say how it goes on
  line 9, `\"gpio-keys\"`: this device
  help: correct the board's device tree
",
    );
}

#[test]
fn what_a_key_has_beside_lines_is_refused() {
    for (property, cells, message) in [
        (
            "interrupts",
            &[0u32, 8, 4][..],
            "/gpio-keys/poweroff has interrupts of its own (property `interrupts`), but no registers",
        ),
        (
            "interrupts-extended",
            &[GPIO, 3, 4],
            "/gpio-keys/poweroff has interrupts of its own (property `interrupts-extended`), but no registers",
        ),
        (
            "vcc-supply",
            &[GPIO],
            "/gpio-keys needs /pl061@9030000 (property `vcc-supply`), which is not given with it",
        ),
        (
            "clocks",
            &[GPIO],
            "/gpio-keys needs /pl061@9030000 (property `clocks`), which is not given with it",
        ),
    ] {
        let board = board(|button| set(button, property, cells));
        let found = plan::resolve(&wanting(BOTH, ""), &board, &TestFiles).expect_err("accepted");
        assert_eq!((found.len(), found[0].message.as_str()), (1, message));
    }
}

#[test]
fn a_node_with_registers_below_it_is_no_such_node() {
    let board = board(|button| set(button, "reg", &[1]));
    let found = plan::resolve(&wanting(BOTH, ""), &board, &TestFiles).expect_err("accepted");
    assert_eq!(found[0].code, "device-with-children");
}

#[test]
fn more_levels_of_nodes_than_keys_need_are_refused() {
    let board = board(|button| {
        let mut below = DeviceTreeNode::new("level").expect("a name");
        for _ in 0..8 {
            let mut above = DeviceTreeNode::new("level").expect("a name");
            above.add_child(below);
            below = above;
        }
        button.add_child(below);
    });
    let found = plan::resolve(&wanting(BOTH, ""), &board, &TestFiles).expect_err("accepted");
    assert_eq!(found[0].message, "/gpio-keys has more than 4 levels of nodes");
}

#[test]
fn what_is_said_of_registers_says_nothing_of_keys() {
    for (table, key) in [("dma = \"none\"", "dma"), ("resources = [\"reg0\"]", "resources")] {
        let devices = format!("\"pl061@9030000\", {{ path = \"gpio-keys\", {table} }}");
        let found = plan::resolve(&wanting(&devices, ""), &board(|_| ()), &TestFiles).expect_err("accepted");
        assert_eq!(
            found[0].message,
            format!("/gpio-keys has no registers, so that `{key}` says nothing of it")
        );
    }
}

proptest! {
    #[test]
    fn any_line_is_answered(lines in vec(prop_oneof![Just(GPIO), Just(0x61), 0..8u32, any::<u32>()], 0..12)) {
        // Accepted or refused; a plan has passed the hypervisor's checks.
        let _ = plan::resolve(&wanting(BOTH, ""), &board(|button| set(button, "gpios", &lines)), &TestFiles);
    }
}
