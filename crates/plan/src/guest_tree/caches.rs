//! What a guest is told of the caches that its CPUs use (Devicetree Specification 0.4, 3.8.3 "Internal (L1) Cache
//! Properties" and 3.9 "Multi-level and Shared Cache Nodes"). Descriptions only: a cache's controller is nobody's.

use dtoolkit::model::DeviceTreeNode;
use dtoolkit::{Node, Property};

use super::{copy, node, set};

/// The phandle of the first cache; those of the others follow.
const FIRST_PHANDLE: u32 = 0x100;
/// The parts of a cache that is split, in a CPU's node and in that of a cache.
const SPLIT: [&str; 8] = [
    "i-cache-size",
    "i-cache-sets",
    "i-cache-block-size",
    "i-cache-line-size",
    "d-cache-size",
    "d-cache-sets",
    "d-cache-block-size",
    "d-cache-line-size",
];
/// What describes a cache that is not.
const UNIFIED: [&str; 6] =
    ["cache-level", "cache-unified", "cache-size", "cache-sets", "cache-block-size", "cache-line-size"];
const NEXT: &str = "next-level-cache";

/// The caches behind a zone's CPUs, each once however many CPUs share it.
pub(super) struct Caches<'f> {
    board: &'f DeviceTreeNode,
    /// The board's phandles of those that were found, in the order of the zone's.
    found: Vec<u32>,
}

impl<'f> Caches<'f> {
    /// Those of the board whose tree this is; none was found yet.
    pub(super) fn of(board: &'f DeviceTreeNode) -> Self {
        Self { board, found: Vec::new() }
    }

    /// Describes in the node of a guest's CPU the caches that the board's CPU uses.
    pub(super) fn describe(&mut self, physical: &DeviceTreeNode, cpu: &mut DeviceTreeNode) {
        copy(physical, &SPLIT, cpu);
        self.link(physical, cpu);
    }

    /// The nodes of all caches that were found, and of those behind them.
    pub(super) fn into_nodes(mut self) -> Vec<DeviceTreeNode> {
        let mut nodes = Vec::new();
        // Each turn may find one more; there are no more than the board has.
        while let Some(physical) = self.found.get(nodes.len()).and_then(|phandle| find(self.board, *phandle))
        {
            let index = nodes.len();
            let level = cell(physical, "cache-level").map(|level| format!("l{level}-")).unwrap_or_default();
            let mut cache = node(format!("{level}cache{index}"));
            // No vendor's name: its driver would look for a controller.
            set(&mut cache, "compatible", "cache");
            copy(physical, &UNIFIED, &mut cache);
            copy(physical, &SPLIT, &mut cache);
            self.link(physical, &mut cache);
            set(&mut cache, "phandle", phandle(index));
            nodes.push(cache);
        }
        nodes
    }

    /// Names the cache behind `physical` in the zone's node of it.
    fn link(&mut self, physical: &DeviceTreeNode, to: &mut DeviceTreeNode) {
        let Some(next) = cell(physical, NEXT).filter(|next| find(self.board, *next).is_some()) else {
            return;
        };
        let known = self.found.iter().position(|found| *found == next);
        let index = known.unwrap_or_else(|| {
            self.found.push(next);
            self.found.len() - 1
        });
        set(to, NEXT, phandle(index));
    }
}

fn phandle(index: usize) -> u32 {
    FIRST_PHANDLE + index as u32
}

/// The cache with this phandle, anywhere below a node: boards have them in a CPU's node, beside CPUs and on buses.
fn find(below: &DeviceTreeNode, phandle: u32) -> Option<&DeviceTreeNode> {
    below.children().find_map(|child| {
        let is_it = cell(child, "phandle") == Some(phandle) && is_cache(child);
        if is_it { Some(child) } else { find(child, phandle) }
    })
}

fn is_cache(node: &DeviceTreeNode) -> bool {
    node.property("compatible")
        .is_some_and(|names| names.value().split(|byte| *byte == 0).any(|name| name == b"cache"))
}

fn cell(node: &DeviceTreeNode, name: &str) -> Option<u32> {
    node.property(name)?.value().first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}
