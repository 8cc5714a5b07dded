//! A part of a device, by the names of its resources.

use manifest::Manifest;

use super::{RTC, VIRTIO, wanting, with_rtc};
use crate::riscv64::{Files, plan, refused, tree_text};

fn with_two_of_each() -> Vec<u8> {
    let reg = [0, 0x10_1000, 0, 0x1000, 0, 0x10_2000, 0, 0x1000];
    with_rtc(&[("reg", &reg), ("interrupts", &[11, 4, 12, 4]), ("interrupt-names", &[0x6100_6200])])
}

fn resources(names: &str) -> String {
    wanting(&format!("{{ path = \"{RTC}\", resources = {names} }}"))
}

#[test]
fn only_what_is_named_is_given_and_told_of() {
    let plan = plan(&resources("[\"irq1\", \"reg1\"]"), &with_two_of_each());
    let bundle = plan.bundle();
    let zone = Manifest::parse(&bundle).expect("valid").zones().next().expect("a zone");
    assert!(zone.regions().any(|region| region.hpa.raw() == 0x10_2000));
    assert!(!zone.regions().any(|region| region.hpa.raw() == 0x10_1000));
    assert_eq!(zone.interrupts().map(|interrupt| interrupt.physical_number).collect::<Vec<_>>(), [12]);
    let text = tree_text(&plan, "a");
    assert!(text.contains("rtc@102000 {") && text.contains("interrupts = <0x0c 0x04>;"), "{text}");
    assert!(!text.contains("interrupt-names"), "{text}");
}

#[test]
fn a_name_that_is_none_of_a_resource_is_refused() {
    for name in ["reg", "rega", "reg10", "mem0", "irq-", "é00"] {
        let found = plan::resolve(&resources(&format!("[\"{name}\"]")), &with_two_of_each(), &Files);
        assert_eq!(found.expect_err("accepted")[0].code, "resource-name", "{name}");
    }
    refused(
        &resources("[\"irq\"]"),
        &with_two_of_each(),
        "\
resource-name: \"irq\" is no name of a resource of /soc/rtc@101000
  line 10, `\"irq\"`: this name
  help: name registers reg0 to reg9 and regA to regZ, interrupts irq0 to irq9 and irqA to irqZ, by their places in the board's device tree
",
    );
}

#[test]
fn an_index_that_the_device_does_not_have_is_refused() {
    for (name, what) in [("irq2", "interrupts"), ("regA", "ranges of registers")] {
        refused(
            &resources(&format!("[\"reg0\", \"{name}\"]")),
            &with_two_of_each(),
            &format!(
                "\
resource-range: {name} is out of range: /soc/rtc@101000 has 2 {what}
  line 10, `\"{name}\"`: there is none
  help: places count from 0
"
            ),
        );
    }
}

#[test]
fn a_resource_listed_twice_is_refused() {
    let found = plan::resolve(&resources("[\"reg0\", \"reg0\"]"), &with_two_of_each(), &Files);
    assert_eq!(found.expect_err("accepted")[0].message, "reg0 of /soc/rtc@101000 is listed twice");
}

#[test]
fn what_is_left_out_may_be_anybodys() {
    // The second range is another device's.
    let reg = [0, 0x10_1000, 0, 0x1000, 0, 0x1000_1000, 0, 0x1000];
    let board = with_rtc(&[("reg", &reg)]);
    let found = plan::resolve(&resources("[\"reg0\", \"reg1\"]"), &board, &Files);
    assert!(found.expect_err("accepted")[0].message.contains(VIRTIO));
    plan(&resources("[\"reg0\", \"irq0\"]"), &board);
}
