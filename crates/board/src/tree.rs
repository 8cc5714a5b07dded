//! Walking a device tree: a bounded search, and `reg` translated through every bus above it.

use addr::{HostPhys, Range};
use dtoolkit::fdt::FdtNode;
use dtoolkit::standard::NodeStandard;
use dtoolkit::{Node, Property};
use heapless::Vec;

use crate::{BoardError, MAX_DEPTH};

/// A node with the buses between it and the root, root first.
#[derive(Clone)]
pub(crate) struct Located<'a> {
    pub(crate) node: FdtNode<'a>,
    buses: Vec<FdtNode<'a>, MAX_DEPTH>,
}

impl<'a> Located<'a> {
    /// The physical ranges of `reg`, each translated through the `ranges` of every bus above (Devicetree
    /// Specification 2.3.8). A bus without `ranges` hides its devices: that is an error.
    pub(crate) fn reg(&self, index: usize) -> Result<Range<HostPhys>, BoardError> {
        let bad = BoardError::BadProperty("reg");
        let mut regs = self.node.reg().map_err(|_| bad)?.ok_or(bad)?;
        let reg = regs.nth(index).ok_or(bad)?;
        let mut address: u64 = reg.address().map_err(|_| bad)?;
        let size: u64 = reg.size().map_err(|_| bad)?;
        // The root itself is the outermost bus and translates nothing.
        for bus in self.buses.iter().skip(1).rev() {
            address = translate(bus, address, size)?;
        }
        Range::<HostPhys>::new(HostPhys::new(address), size).ok_or(bad)
    }

    /// How many ranges `reg` has.
    pub(crate) fn reg_count(&self) -> usize {
        self.node.reg().ok().flatten().map_or(0, Iterator::count)
    }
}

fn translate(bus: &FdtNode<'_>, address: u64, size: u64) -> Result<u64, BoardError> {
    let bad = BoardError::BadProperty("ranges");
    let property = bus.property("ranges").ok_or(bad)?;
    if property.value().is_empty() {
        return Ok(address);
    }
    for range in bus.ranges().map_err(|_| bad)?.ok_or(bad)? {
        let child: u64 = range.child_bus_address().map_err(|_| bad)?;
        let parent: u64 = range.parent_bus_address().map_err(|_| bad)?;
        let length: u64 = range.length().map_err(|_| bad)?;
        let Some(offset) = address.checked_sub(child) else { continue };
        if offset.checked_add(size).is_some_and(|end| end <= length) {
            return parent.checked_add(offset).ok_or(bad);
        }
    }
    Err(bad)
}

/// The first node in document order, disabled ones left out, that `wanted` accepts.
pub(crate) fn find<'a>(
    root: &FdtNode<'a>,
    wanted: &mut dyn FnMut(&FdtNode<'a>) -> bool,
) -> Result<Option<Located<'a>>, BoardError> {
    search(*root, &Vec::new(), wanted)
}

fn search<'a>(
    node: FdtNode<'a>,
    buses: &Vec<FdtNode<'a>, MAX_DEPTH>,
    wanted: &mut dyn FnMut(&FdtNode<'a>) -> bool,
) -> Result<Option<Located<'a>>, BoardError> {
    if !usable(&node) {
        return Ok(None);
    }
    if wanted(&node) {
        return Ok(Some(Located { node, buses: buses.clone() }));
    }
    let mut inner = buses.clone();
    for child in node.children() {
        if inner.len() == buses.len() {
            inner.push(node).map_err(|_| BoardError::TooDeep)?;
        }
        if let Some(found) = search(child, &inner, wanted)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The node at an absolute path such as `/soc/serial@9000000`.
pub(crate) fn at_path<'a>(root: &FdtNode<'a>, path: &str) -> Result<Option<Located<'a>>, BoardError> {
    let mut located = Located { node: *root, buses: Vec::new() };
    for name in path.split('/').filter(|name| !name.is_empty()) {
        let parent = located.node;
        let Some(child) = parent.children().find(|child| {
            child.name() == name || (!name.contains('@') && child.name_without_address() == name)
        }) else {
            return Ok(None);
        };
        located.buses.push(parent).map_err(|_| BoardError::TooDeep)?;
        located.node = child;
    }
    Ok(Some(located))
}

/// Whether `status` is absent, "okay" or "ok" (Devicetree Specification 2.3.4).
pub(crate) fn usable(node: &FdtNode<'_>) -> bool {
    node.property("status").is_none_or(|status| matches!(status.value(), b"okay\0" | b"ok\0"))
}

/// A property that holds one string.
pub(crate) fn string<'a>(node: &FdtNode<'a>, name: &str) -> Option<&'a str> {
    node.property(name)?.value_as::<&'a str>().ok()
}

/// A property of one or two cells as a number.
pub(crate) fn number(node: &FdtNode<'_>, name: &str) -> Option<u64> {
    let property = node.property(name)?;
    match *property.value() {
        [a, b, c, d] => Some(u64::from(u32::from_be_bytes([a, b, c, d]))),
        [a, b, c, d, e, f, g, h] => Some(u64::from_be_bytes([a, b, c, d, e, f, g, h])),
        _ => None,
    }
}

/// Whether `compatible` lists any of `names`.
pub(crate) fn compatible(node: &FdtNode<'_>, names: &[&str]) -> bool {
    names.iter().any(|name| node.is_compatible(name))
}
