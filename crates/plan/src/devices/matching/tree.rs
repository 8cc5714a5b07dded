//! A guest's own device tree as a list of nodes. Nobody has checked it: it has so many levels at most, and every way
//! through it ends.

use std::collections::HashMap;

use addr::{GuestPhys, Range};
use board::MAX_REGISTERS;
use dtoolkit::fdt::{Fdt, FdtNode};
use dtoolkit::{Node, Property};

use crate::facts::cells;

/// Levels of nodes that a guest's tree may have below its root.
const MAX_LEVELS: usize = 64;

/// The nodes in the order of the tree: what is above a node comes before it.
pub(super) struct Tree<'t> {
    pub(super) nodes: Vec<Entry<'t>>,
    phandles: HashMap<u32, usize>,
}

pub(super) struct Entry<'t> {
    pub(super) path: String,
    pub(super) node: FdtNode<'t>,
    /// The place of the node above; `None` for the root.
    pub(super) above: Option<usize>,
}

/// Whether this is a device tree that has no more levels of nodes than are read.
pub(crate) fn is_shallow(blob: &[u8]) -> bool {
    Tree::read(blob).is_some()
}

impl<'t> Tree<'t> {
    /// Reads a tree; `None` where it is none, or too deep.
    pub(super) fn read(blob: &'t [u8]) -> Option<Self> {
        let mut tree = Self { nodes: Vec::new(), phandles: HashMap::new() };
        tree.add(Fdt::new(blob).ok()?.root(), "", None, MAX_LEVELS)?;
        Some(tree)
    }

    fn add(
        &mut self,
        node: FdtNode<'t>,
        path: &str,
        above: Option<usize>,
        levels_below: usize,
    ) -> Option<()> {
        let place = self.nodes.len();
        self.nodes.push(Entry { path: path.to_owned(), node, above });
        for name in ["phandle", "linux,phandle"] {
            if let [phandle] = cells(&node, name)[..] {
                self.phandles.entry(phandle).or_insert(place);
            }
        }
        for child in node.children() {
            let path = format!("{path}/{}", child.name());
            self.add(child, &path, Some(place), levels_below.checked_sub(1)?)?;
        }
        Some(())
    }

    /// The node with a phandle.
    pub(super) fn with_phandle(&self, phandle: u32) -> Option<&Entry<'t>> {
        self.nodes.get(*self.phandles.get(&phandle)?)
    }

    /// A node, and what is above it up to the root.
    pub(super) fn upwards<'s>(&'s self, from: &'s Entry<'t>) -> impl Iterator<Item = &'s Entry<'t>> {
        std::iter::successors(Some(from), |entry| self.nodes.get(entry.above?))
    }

    /// Whether `status` of a node and of all above it says that they are there (Devicetree Specification 0.4, 2.3.4).
    pub(super) fn is_usable(&self, entry: &Entry<'t>) -> bool {
        self.upwards(entry).all(|entry| {
            let status = entry.node.property("status");
            status.is_none_or(|status| matches!(status.value(), b"okay\0" | b"ok\0"))
        })
    }

    /// The ranges of `reg` as the CPUs see them; `None` for one of no bytes. What cannot be read is told by its place
    /// and with the reason.
    pub(super) fn registers(
        &self,
        entry: &Entry<'t>,
    ) -> Result<Vec<Option<Range<GuestPhys>>>, (usize, String)> {
        let malformed = |place| (place, "`reg` is malformed".to_owned());
        let mut ranges = Vec::new();
        let all = entry.node.reg().map_err(|_| malformed(0))?;
        for (place, one) in all.into_iter().flatten().enumerate() {
            if place >= MAX_REGISTERS {
                return Err((place, format!("there are more than {MAX_REGISTERS}")));
            }
            let address = one.address::<u64>().map_err(|_| malformed(place))?;
            // A node below which nothing has a size has none either.
            let size = one.size::<u64>().map_err(|_| malformed(place))?;
            ranges.push(match size {
                0 => None,
                _ => Some(self.translate(entry, address, size).map_err(|reason| (place, reason))?),
            });
        }
        Ok(ranges)
    }

    /// Through the `ranges` of every bus above (Devicetree Specification 0.4, 2.3.8). The root translates nothing.
    fn translate(&self, entry: &Entry<'t>, mut address: u64, size: u64) -> Result<Range<GuestPhys>, String> {
        for bus in self.upwards(entry).skip(1).filter(|bus| bus.above.is_some()) {
            let lost = || format!("`ranges` of {} does not lead there", bus.path);
            let ranges = bus.node.ranges().map_err(|_| lost())?;
            let mut ranges =
                ranges.ok_or_else(|| format!("the bus {} has no `ranges`", bus.path))?.peekable();
            if ranges.peek().is_none() {
                continue;
            }
            let mut inside = ranges.filter_map(|range| {
                let offset = address.checked_sub(range.child_bus_address::<u64>().ok()?)?;
                let is_inside = offset.checked_add(size)? <= range.length::<u64>().ok()?;
                range.parent_bus_address::<u64>().ok()?.checked_add(offset).filter(|_| is_inside)
            });
            address = inside.next().ok_or_else(lost)?;
        }
        Range::<GuestPhys>::new(GuestPhys::new(address), size)
            .ok_or_else(|| "it goes beyond the last address".to_owned())
    }
}
