//! Nodes of a zone's channels: one for each, and one that drivers of the known layout look for.

use dtoolkit::model::DeviceTreeNode;

use super::{CONTROLLER_PHANDLE, GuestTree, RISING_EDGE, cells, node, set, specifier};
use crate::channels::{PlannedChannel, PlannedPeer};

impl GuestTree<'_> {
    pub(super) fn add_channels(&self, root: &mut DeviceTreeNode) {
        for (channel, peer) in self.channels {
            root.add_child(self.channel(channel, peer));
        }
        if !self.channels.is_empty() {
            let mut known = node("hvisor_ivc_device");
            set(&mut known, "compatible", "hvisor");
            self.add_doorbells(&mut known, self.channels.iter().map(|(_, peer)| *peer));
            root.add_child(known);
        }
    }

    fn channel(&self, channel: &PlannedChannel, peer: &PlannedPeer) -> DeviceTreeNode {
        let (control, shared) = (peer.control, peer.shared);
        let mut ivc = node(format!("ivc@{:x}", control.start().raw()));
        set(&mut ivc, "compatible", "bulkhead,ivc");
        let ranges = [control.start().raw(), control.size(), shared.start().raw(), shared.size()];
        set(&mut ivc, "reg", cells(&ranges));
        set(&mut ivc, "reg-names", &["control", "shared"][..]);
        self.add_doorbells(&mut ivc, std::iter::once(peer));
        set(&mut ivc, "label", channel.name.as_str());
        ivc
    }

    fn add_doorbells<'p>(&self, to: &mut DeviceTreeNode, peers: impl Iterator<Item = &'p PlannedPeer>) {
        let specifiers: Vec<u32> =
            peers.flat_map(|peer| specifier(&self.controller, peer.interrupt, RISING_EDGE)).collect();
        set(to, "interrupt-parent", CONTROLLER_PHANDLE);
        set(to, "interrupts", specifiers);
    }
}
