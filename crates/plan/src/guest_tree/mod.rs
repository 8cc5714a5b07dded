//! The device tree of a zone: what it owns and what is emulated for it, and nothing else of the board
//! (Devicetree Specification 0.4; the Linux bindings are named in the architectures' modules).

mod arm64;
mod caches;
mod channels;
mod clocks;
mod devices;
mod riscv64;

use addr::{GuestPhys, Range};
use dtoolkit::fdt::Fdt;
use dtoolkit::model::{DeviceTree, DeviceTreeNode, DeviceTreeProperty};
use dtoolkit::{Node, ToPropertyValue};
use manifest::{Arch, Controller, Region, Uart};

use crate::channels::{PlannedChannel, PlannedPeer};
use crate::devices::PlannedDevice;
use crate::facts::Facts;

/// The phandle of the controller that devices' interrupts go to.
const CONTROLLER_PHANDLE: u32 = 1;
/// Flag of an interrupt specifier: asserted while high (GIC and APLIC bindings).
const LEVEL_HIGH: u32 = 4;
/// Flag of an interrupt specifier: triggered by a rising edge (GIC and APLIC bindings).
const RISING_EDGE: u32 = 1;
/// The first SPI's INTID (GIC specification IHI 0069, 2.2.1) and the type of its specifier.
const FIRST_SPI: u32 = 32;
const SPI: u32 = 0;
/// What a guest may know of a physical CPU beside its caches, whatever the architecture.
const CPU_PROPERTIES: [&str; 2] = ["compatible", "capacity-dmips-mhz"];

/// What a zone's tree describes.
pub(crate) struct GuestTree<'z> {
    pub(crate) facts: &'z Facts,
    /// Places of its CPUs in the board's list, in vCPU order.
    pub(crate) cpus: &'z [usize],
    /// Its memory.
    pub(crate) regions: &'z [Region],
    /// The board's devices that it owns.
    pub(crate) devices: &'z [PlannedDevice],
    /// Its channels with its end of each.
    pub(crate) channels: &'z [(&'z PlannedChannel, &'z PlannedPeer)],
    pub(crate) controller: Controller,
    pub(crate) uart: Option<Uart>,
    pub(crate) chosen: Chosen<'z>,
}

/// What a boot loader tells a kernel.
#[derive(Clone, Copy, Default)]
pub(crate) struct Chosen<'z> {
    pub(crate) cmdline: Option<&'z str>,
    pub(crate) initrd: Option<Range<GuestPhys>>,
}

impl GuestTree<'_> {
    /// The blob. Its size does not depend on any address in it.
    pub(crate) fn blob(&self) -> Vec<u8> {
        let mut tree = DeviceTree::new();
        let root = &mut tree.root;
        copy(&self.facts.tree.root, &["model", "compatible"], root);
        set(root, "#address-cells", 2u32);
        set(root, "#size-cells", 2u32);
        if let Some(path) = self.uart_path() {
            let mut aliases = node("aliases");
            set(&mut aliases, "serial0", path.as_str());
            root.add_child(aliases);
        }
        root.add_child(self.chosen_node());
        for region in self.regions {
            root.add_child(memory(region));
        }
        match self.facts.arch() {
            Arch::Arm64 => self.add_arm64(root),
            Arch::Riscv64 => self.add_riscv64(root),
        }
        self.add_clocks(root);
        self.add_channels(root);
        tree.to_dtb()
    }

    fn chosen_node(&self) -> DeviceTreeNode {
        let mut chosen = node("chosen");
        self.chosen.set(&mut chosen);
        if let Some(path) = self.uart_path() {
            set(&mut chosen, "stdout-path", path.as_str());
        }
        chosen
    }

    fn uart_path(&self) -> Option<String> {
        let bus = match self.facts.arch() {
            Arch::Arm64 => "",
            Arch::Riscv64 => riscv64::BUS,
        };
        self.uart.map(|uart| format!("{bus}/{}", uart_name(uart)))
    }
}

impl Chosen<'_> {
    fn set(&self, chosen: &mut DeviceTreeNode) {
        if let Some(cmdline) = self.cmdline {
            set(chosen, "bootargs", cmdline);
        }
        if let Some(initrd) = self.initrd {
            set(chosen, "linux,initrd-start", initrd.start().raw());
            set(chosen, "linux,initrd-end", initrd.end().raw());
        }
    }

    /// The user's own tree with these values in it; `None` where it is no device tree.
    pub(crate) fn patch(&self, blob: &[u8]) -> Option<Vec<u8>> {
        let fdt = Fdt::new(blob).ok()?;
        if self.cmdline.is_none() && self.initrd.is_none() {
            return Some(blob.to_vec());
        }
        let mut tree = DeviceTree::from_fdt(&fdt);
        let mut chosen = tree.root.remove_child("chosen").unwrap_or_else(|| node("chosen"));
        self.set(&mut chosen);
        tree.root.add_child(chosen);
        Some(tree.to_dtb())
    }
}

fn node(name: impl Into<String>) -> DeviceTreeNode {
    DeviceTreeNode::new_unchecked(name)
}

fn set<T: ToPropertyValue>(node: &mut DeviceTreeNode, name: &str, value: T) {
    node.add_property(DeviceTreeProperty::new_unchecked(name, value));
}

/// Copies the properties that are there.
fn copy(from: &DeviceTreeNode, names: &[&str], to: &mut DeviceTreeNode) {
    for property in names.iter().filter_map(|name| from.property(name)) {
        to.add_property(DeviceTreeProperty::from_property(&property));
    }
}

fn cells(numbers: &[u64]) -> Vec<u32> {
    numbers.iter().flat_map(|number| [(number >> 32) as u32, *number as u32]).collect()
}

fn memory(region: &Region) -> DeviceTreeNode {
    let mut memory = node(format!("memory@{:x}", region.ipa.raw()));
    set(&mut memory, "device_type", "memory");
    set(&mut memory, "reg", cells(&[region.ipa.raw(), region.size]));
    memory
}

/// An interrupt controller's node without what differs.
fn controller_node(start: GuestPhys, interrupt_cells: u32) -> DeviceTreeNode {
    let mut controller = node(format!("interrupt-controller@{:x}", start.raw()));
    set(&mut controller, "#interrupt-cells", interrupt_cells);
    set(&mut controller, "interrupt-controller", &[0u8; 0][..]);
    controller
}

/// The specifier of a shared interrupt. A PLIC is not told how its sources are wired.
fn specifier(controller: &Controller, number: u32, flags: u32) -> Vec<u32> {
    match controller {
        Controller::Gic(_) => vec![SPI, number - FIRST_SPI, flags],
        Controller::Aia(_) => vec![number, flags],
        Controller::Plic(_) => vec![number],
    }
}

fn uart_name(uart: Uart) -> String {
    format!("serial@{:x}", uart.range.start().raw())
}
