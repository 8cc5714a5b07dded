//! Nodes of the devices that a zone owns: those of the board, at the same addresses and interrupts.

use dtoolkit::model::DeviceTreeNode;

use super::{CONTROLLER_PHANDLE, GuestTree, cells, node, set, specifier};
use crate::devices::PlannedDevice;

impl GuestTree<'_> {
    /// Adds the devices to their bus.
    pub(super) fn add_devices(&self, bus: &mut DeviceTreeNode) {
        self.devices.iter().for_each(|device| bus.add_child(self.device(device)));
    }

    fn device(&self, device: &PlannedDevice) -> DeviceTreeNode {
        let name = device.path.rsplit('/').next().unwrap_or_default();
        let base = name.split('@').next().unwrap_or_default();
        let start = device.registers.first().map_or(0, |range| range.start().raw());
        // The buses above it have translated its address.
        let mut copy = node(format!("{base}@{start:x}"));
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
