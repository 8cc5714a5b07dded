//! Zones whose own device trees are matched to the board.

mod damaged;
mod given;
mod numbers;
mod refused;

use dtoolkit::model::{DeviceTreeNode, DeviceTreeProperty};
use plan::{Diagnostic, FileProvider, Plan};

use super::set;
use crate::riscv64::{AIA, Files, QEMU, plan, text};
use crate::support::{told, with, zone};

const RTC: &str = "google,goldfish-rtc";
const TRANSPORT: &str = "virtio,mmio";

/// The zones' own trees: ZONE.dtb for zones a and b.
struct Trees(Vec<u8>, Vec<u8>);

impl FileProvider for Trees {
    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        match name {
            "a.dtb" => Ok(self.0.clone()),
            "b.dtb" => Ok(self.1.clone()),
            other => Files.read(other),
        }
    }
}

/// A node with one range of registers and interrupts at the zone's APLIC; none of what is empty.
fn node(name: &str, kind: &str, reg: &[u32], interrupts: &[u32]) -> DeviceTreeNode {
    let mut node = DeviceTreeNode::new(name).expect("a name");
    node.add_property(DeviceTreeProperty::new("compatible", kind).expect("a name"));
    for (name, cells) in [("reg", reg), ("interrupts", interrupts)] {
        if !cells.is_empty() {
            set(&mut node, name, cells);
        }
    }
    set(&mut node, "interrupt-parent", &[1]);
    node
}

/// The board's RTC by another name, and with this interrupt.
fn clock(interrupt: u32) -> DeviceTreeNode {
    node("clock@101000", RTC, &[0, 0x10_1000, 0, 0x1000], &[interrupt, 4])
}

/// One of the board's transports, at 0x1000_1000 to 0x1000_8000, whose interrupts on the board are 1 to 8.
fn transport(number: u32, interrupt: u32) -> DeviceTreeNode {
    let start = 0x1000_0000 + number * 0x1000;
    node(&format!("virtio@{start:x}"), TRANSPORT, &[0, start, 0, 0x1000], &[interrupt, 4])
}

/// What would be derived for a zone without devices, and these on its bus.
fn guest(nodes: impl IntoIterator<Item = DeviceTreeNode>) -> Vec<u8> {
    let plain = plan(&text(QEMU, &[zone("a", "[0, 1]", "\"256M\"", "")]), AIA);
    with(plain.guest_dtb("a").expect("a tree"), "/soc", |soc| {
        nodes.into_iter().for_each(|node| soc.add_child(node));
    })
}

/// A zone "a" whose tree is matched.
fn matching(more: &str) -> String {
    text(QEMU, &[zone("a", "[0, 1]", "\"256M\"", &format!("dtb = \"a.dtb\"\nmatch = true\n{more}"))])
}

/// A zone "b" beside it.
fn beside_b(of_a: &str, of_b: &str) -> String {
    format!("{}\n{}", matching(of_a), zone("b", "[2]", "\"64M\"", of_b))
}

fn matched(text: &str, nodes: impl IntoIterator<Item = DeviceTreeNode>) -> Plan {
    plan::resolve(text, AIA, &Trees(guest(nodes), Vec::new()))
        .unwrap_or_else(|diagnostics| panic!("refused: {}", told(text, &diagnostics)))
}

fn mistakes(text: &str, tree: Vec<u8>) -> Vec<Diagnostic> {
    plan::resolve(text, AIA, &Trees(tree, Vec::new())).expect_err("accepted")
}

/// Checks that a zone whose tree has these nodes is refused with exactly these diagnostics.
#[track_caller]
fn refused(text: &str, nodes: impl IntoIterator<Item = DeviceTreeNode>, expected: &str) {
    assert_eq!(told(text, &mistakes(text, guest(nodes))), expected);
}
