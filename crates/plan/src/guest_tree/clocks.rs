//! Nodes of the clocks that a zone's devices need: those of the board, which run by themselves.

use dtoolkit::model::DeviceTreeNode;

use super::{GuestTree, node, set};
use crate::devices::Clock;

/// The phandle of the first clock; those of the others follow.
const FIRST_PHANDLE: u32 = 0x1000;

impl GuestTree<'_> {
    pub(super) fn add_clocks(&self, root: &mut DeviceTreeNode) {
        for (index, clock) in self.clocks().iter().enumerate() {
            let mut copy = node(format!("board-clock-{index}"));
            clock.properties.iter().for_each(|property| copy.add_property(property.clone()));
            if !clock.parents.is_empty() {
                set(&mut copy, "clocks", self.clock_phandles(&clock.parents));
            }
            set(&mut copy, "phandle", FIRST_PHANDLE + index as u32);
            root.add_child(copy);
        }
    }

    /// The guest's phandles of clocks by their paths.
    pub(super) fn clock_phandles(&self, paths: &[String]) -> Vec<u32> {
        let clocks = self.clocks();
        let place = |path: &String| clocks.iter().position(|clock| clock.path == *path);
        paths.iter().filter_map(place).map(|index| FIRST_PHANDLE + index as u32).collect()
    }

    /// The clocks of all devices, each once.
    fn clocks(&self) -> Vec<&Clock> {
        let mut clocks: Vec<&Clock> = Vec::new();
        for clock in self.devices.iter().flat_map(|device| &device.clocks.all) {
            if !clocks.iter().any(|known| known.path == clock.path) {
                clocks.push(clock);
            }
        }
        clocks
    }
}
