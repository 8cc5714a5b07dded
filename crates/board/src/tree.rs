//! Walking a device tree: a bounded search, and `reg` translated through every bus above it.

use addr::{HostPhys, Range};
use heapless::Vec;

use crate::fdt::{self, Node};
use crate::{BoardError, MAX_DEPTH, MAX_RAM};

/// A node with the buses between it and the root, root first.
#[derive(Clone)]
pub(crate) struct Located<'a> {
    pub(crate) node: Node<'a>,
    buses: Vec<Node<'a>, MAX_DEPTH>,
}

impl<'a> Located<'a> {
    /// The physical ranges of `reg`, each translated through the `ranges` of every bus above (Devicetree
    /// Specification 2.3.8). A bus without `ranges` hides its devices: that is an error.
    pub(crate) fn reg(&self, index: usize) -> Result<Range<HostPhys>, BoardError> {
        let bad = BoardError::BadProperty("reg");
        let reg = self.node.reg().and_then(|mut regs| regs.nth(index)).flatten();
        let [mut address, size] = reg.ok_or(bad)?;
        // The root itself is the outermost bus and translates nothing.
        for bus in self.buses.iter().skip(1).rev() {
            address = translate(bus, address, size)?;
        }
        Range::<HostPhys>::new(HostPhys::new(address), size).ok_or(bad)
    }

    /// Whether it and every bus above it may be used.
    pub(crate) fn is_usable(&self) -> bool {
        core::iter::once(&self.node).chain(&self.buses).all(usable)
    }

    /// How many ranges `reg` has.
    pub(crate) fn reg_count(&self) -> usize {
        self.node.reg().map_or(0, Iterator::count)
    }

    /// The phandle of the controller that takes its interrupts: named by itself, or by a bus above it (Devicetree
    /// Specification 2.4).
    pub(crate) fn interrupt_parent(&self) -> Option<u32> {
        let above = self.buses.iter().rev();
        core::iter::once(&self.node).chain(above).find_map(|node| node.cell("interrupt-parent"))
    }
}

fn translate(bus: &Node<'_>, address: u64, size: u64) -> Result<u64, BoardError> {
    let bad = BoardError::BadProperty("ranges");
    if bus.property("ranges").ok_or(bad)?.is_empty() {
        return Ok(address);
    }
    for range in bus.ranges().ok_or(bad)? {
        let [child, parent, length] = range.ok_or(bad)?;
        let Some(offset) = address.checked_sub(child) else { continue };
        if offset.checked_add(size).is_some_and(|end| end <= length) {
            return parent.checked_add(offset).ok_or(bad);
        }
    }
    Err(bad)
}

/// The nodes below the root that facts are read from, found in one pass.
#[derive(Clone)]
pub(crate) struct Top<'a> {
    pub(crate) root: Node<'a>,
    pub(crate) chosen: Option<Node<'a>>,
    pub(crate) aliases: Option<Node<'a>>,
    pub(crate) cpus: Node<'a>,
    pub(crate) reserved_memory: Option<Node<'a>>,
    /// Nodes named `memory` or `memory@…`.
    pub(crate) memory: Vec<Node<'a>, MAX_RAM>,
}

impl<'a> Top<'a> {
    pub(crate) fn of(root: Node<'a>) -> Result<Self, BoardError> {
        let (mut chosen, mut aliases, mut cpus, mut reserved_memory) = (None, None, None, None);
        let mut memory = Vec::new();
        for node in root.children() {
            let place = if node.is_named("chosen") {
                &mut chosen
            } else if node.is_named("aliases") {
                &mut aliases
            } else if node.is_named("cpus") {
                &mut cpus
            } else if node.is_named("reserved-memory") {
                &mut reserved_memory
            } else {
                if node.is_named("memory") {
                    memory.push(node).map_err(|_| BoardError::TooMany("RAM banks"))?;
                }
                continue;
            };
            *place = Some(node);
        }
        let cpus = cpus.ok_or(BoardError::MissingNode("cpus"))?;
        Ok(Self { root, chosen, aliases, cpus, reserved_memory, memory })
    }
}

/// The first node in document order that lists one of `names` as compatible. Disabled nodes, and all below
/// them, are left out.
pub(crate) fn find_compatible<'a>(
    root: &Node<'a>,
    names: &[&str],
) -> Result<Option<Located<'a>>, BoardError> {
    find(root, &|node| compatible(node, names))
}

/// The first usable node in document order of which `wanted` holds.
pub(crate) fn find<'a>(
    root: &Node<'a>,
    wanted: &dyn Fn(&Node<'a>) -> bool,
) -> Result<Option<Located<'a>>, BoardError> {
    search(*root, &Vec::new(), wanted)
}

fn search<'a>(
    node: Node<'a>,
    buses: &Vec<Node<'a>, MAX_DEPTH>,
    wanted: &dyn Fn(&Node<'a>) -> bool,
) -> Result<Option<Located<'a>>, BoardError> {
    if wanted(&node) {
        return Ok(usable(&node).then(|| Located { node, buses: buses.clone() }));
    }
    let mut inner = buses.clone();
    for child in node.children() {
        // A device that has no children of its own need not be asked whether it is usable.
        if inner.len() == buses.len() {
            if !usable(&node) {
                return Ok(None);
            }
            inner.push(node).map_err(|_| BoardError::TooDeep)?;
        }
        if let Some(found) = search(child, &inner, wanted)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Shows every node to `see`, the root first, disabled ones too.
pub(crate) fn visit<'a>(root: &Node<'a>, see: &mut dyn FnMut(&Located<'a>)) -> Result<(), BoardError> {
    descend(&mut Located { node: *root, buses: Vec::new() }, see)
}

fn descend<'a>(located: &mut Located<'a>, see: &mut dyn FnMut(&Located<'a>)) -> Result<(), BoardError> {
    see(located);
    let node = located.node;
    for child in node.children() {
        located.buses.push(node).map_err(|_| BoardError::TooDeep)?;
        located.node = child;
        descend(located, see)?;
        located.buses.pop();
    }
    Ok(())
}

/// The node at an absolute path such as `/soc/serial@9000000`.
pub(crate) fn at_path<'a>(root: &Node<'a>, path: &[u8]) -> Result<Option<Located<'a>>, BoardError> {
    let mut located = Located { node: *root, buses: Vec::new() };
    for name in path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()) {
        let parent = located.node;
        let Some(child) = parent.children().find(|child| {
            child.name() == name || (!name.contains(&b'@') && child.name_without_address() == name)
        }) else {
            return Ok(None);
        };
        located.buses.push(parent).map_err(|_| BoardError::TooDeep)?;
        located.node = child;
    }
    Ok(Some(located))
}

/// Whether `status` is absent, "okay" or "ok" (Devicetree Specification 2.3.4).
pub(crate) fn usable(node: &Node<'_>) -> bool {
    node.property("status")
        .is_none_or(|status| ["okay\0", "ok\0"].iter().any(|text| text.as_bytes() == status))
}

/// A property that holds one string.
pub(crate) fn string<'a>(node: &Node<'a>, name: &str) -> Option<&'a [u8]> {
    let (end, text) = node.property(name)?.split_last()?;
    (*end == 0 && !text.contains(&0)).then_some(text)
}

/// Whether a property holds this string alone.
pub(crate) fn says(node: &Node<'_>, name: &str, text: &str) -> bool {
    string(node, name) == Some(text.as_bytes())
}

/// A property of one or two cells as a number.
pub(crate) fn number(node: &Node<'_>, name: &str) -> Option<u64> {
    let value = node.property(name)?;
    matches!(value.len(), 4 | 8).then(|| fdt::number(value))
}

/// The number by which other nodes name this one (Devicetree Specification 2.3.3).
pub(crate) fn phandle(node: &Node<'_>) -> Option<u32> {
    node.cell("phandle")
}

/// Whether `compatible` lists any of `names`.
pub(crate) fn compatible(node: &Node<'_>, names: &[&str]) -> bool {
    let list = node.property("compatible").unwrap_or_default();
    list.split(|byte| *byte == 0).any(|entry| names.iter().any(|name| name.as_bytes() == entry))
}
