//! Zones that own devices of the board: what they get, and every reason why one cannot be given.

mod attached;
mod clocks;
mod given;
mod matching;
mod names;
mod refused;
mod resources;
mod restart;
mod shared_pages;

use dtoolkit::model::{DeviceTreeNode, DeviceTreeProperty};

use crate::riscv64::{AIA, QEMU, text};
use crate::support::{with, zone};

const RTC: &str = "/soc/rtc@101000";
const VIRTIO: &str = "/soc/virtio_mmio@10001000";

/// A zone "a" that wants these devices.
fn wanting(devices: &str) -> String {
    text(QEMU, &[zone("a", "[0, 1]", "\"256M\"", &format!("devices = [{devices}]"))])
}

fn two_wanting(of_a: &str, of_b: &str) -> String {
    let more = |devices| format!("devices = [{devices}]");
    text(QEMU, &[zone("a", "[0]", "\"64M\"", &more(of_a)), zone("b", "[1]", "\"64M\"", &more(of_b))])
}

fn quoted(path: &str) -> String {
    format!("\"{path}\"")
}

fn trusted(path: &str) -> String {
    format!("{{ path = \"{path}\", dma = \"trusted\" }}")
}

fn set(node: &mut DeviceTreeNode, name: &str, cells: &[u32]) {
    let bytes: Vec<u8> = cells.iter().flat_map(|cell| cell.to_be_bytes()).collect();
    node.add_property(DeviceTreeProperty::new(name, bytes.as_slice()).expect("a name"));
}

/// QEMU's board with other properties of the RTC.
fn with_rtc(properties: &[(&str, &[u32])]) -> Vec<u8> {
    with(AIA, RTC, |rtc| properties.iter().for_each(|(name, cells)| set(rtc, name, cells)))
}
