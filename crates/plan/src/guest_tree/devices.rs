//! Nodes of the devices that a zone owns: those of the board, at the same addresses and interrupts.

use dtoolkit::model::DeviceTreeNode;

use super::{CONTROLLER_PHANDLE, GuestTree, cells, node, set, specifier};
use crate::devices::{Cell, Part, PlannedDevice, Reference};

/// The phandle of the zone's first device; those of the others follow.
const FIRST_PHANDLE: u32 = 0x1_0000;

impl GuestTree<'_> {
    /// Adds the devices to their bus.
    pub(super) fn add_devices(&self, bus: &mut DeviceTreeNode) {
        for (index, device) in self.devices.iter().enumerate() {
            let mut copy = if device.registers.is_empty() && device.interrupts.is_empty() {
                // Nothing else of the tree ends like that.
                let mut copy = node(format!("{}-{index}", base(device)));
                device.properties.iter().for_each(|property| copy.add_property(property.clone()));
                copy
            } else {
                self.device(device)
            };
            self.add_lines(&mut copy, &device.references, &device.parts);
            if self.devices.iter().any(|other| names(&other.references, &other.parts, &device.path)) {
                set(&mut copy, "phandle", FIRST_PHANDLE + index as u32);
            }
            bus.add_child(copy);
        }
    }

    /// Adds lines of other devices to a device's node, and the nodes below it.
    fn add_lines(&self, copy: &mut DeviceTreeNode, references: &[Reference], parts: &[Part]) {
        for Reference { name, value } in references {
            let cells: Vec<u32> = value.iter().map(|cell| self.cell(cell)).collect();
            set(copy, name, cells);
        }
        for Part { name, properties, references, parts } in parts {
            let mut below = node(name.as_str());
            properties.iter().for_each(|property| below.add_property(property.clone()));
            self.add_lines(&mut below, references, parts);
            copy.add_child(below);
        }
    }

    fn cell(&self, cell: &Cell) -> u32 {
        match cell {
            Cell::Number(number) => *number,
            Cell::Phandle(path) => {
                // References lead to the zone's own devices alone.
                let place = self.devices.iter().position(|device| device.path == *path);
                place.map_or(0, |index| FIRST_PHANDLE + index as u32)
            }
        }
    }

    fn device(&self, device: &PlannedDevice) -> DeviceTreeNode {
        let start = device.registers.first().map_or(0, |range| range.start().raw());
        // The buses above it have translated its address.
        let mut copy = node(format!("{}@{start:x}", base(device)));
        device.properties.iter().for_each(|property| copy.add_property(property.clone()));
        let ranges: Vec<_> =
            device.registers.iter().flat_map(|range| [range.start().raw(), range.size()]).collect();
        set(&mut copy, "reg", cells(&ranges));
        if !device.clocks.own.is_empty() {
            set(&mut copy, "clocks", self.clock_phandles(&device.clocks.own));
        }
        if !device.interrupts.is_empty() {
            let specifiers: Vec<u32> = device
                .interrupts
                .iter()
                .flat_map(|interrupt| specifier(&self.controller, interrupt.number, interrupt.flags))
                .collect();
            set(&mut copy, "interrupt-parent", CONTROLLER_PHANDLE);
            set(&mut copy, "interrupts", specifiers);
        }
        copy
    }
}

/// The name of a device's node without its address.
fn base(device: &PlannedDevice) -> &str {
    let name = device.path.rsplit('/').next().unwrap_or_default();
    name.split('@').next().unwrap_or_default()
}

/// Whether references, or those of nodes below, lead to the device at a path.
fn names(references: &[Reference], parts: &[Part], path: &str) -> bool {
    let is_it = |cell: &Cell| matches!(cell, Cell::Phandle(named) if named == path);
    references.iter().flat_map(|reference| &reference.value).any(is_it)
        || parts.iter().any(|part| names(&part.references, &part.parts, path))
}
