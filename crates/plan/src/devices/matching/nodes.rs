//! Which nodes of a guest's device tree need resources of the board, and what they ask for.

use addr::{GuestPhys, Range};
use board::DeviceInterrupt;
use dtoolkit::{Node, Property};

use super::tree::{Entry, Tree};
use super::{Wanted, interrupts};
use crate::devices::{irq, is_compatible, reg};
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;

/// A node that needs registers or interrupts of the board.
#[derive(Clone, Debug)]
pub(in crate::devices) struct GuestNode {
    pub(in crate::devices) path: String,
    /// The most specific first.
    pub(in crate::devices) compatible: Vec<String>,
    /// As the guest's CPUs see them; `None` for a range of no bytes.
    pub(in crate::devices) registers: Vec<Option<Range<GuestPhys>>>,
    /// By the guest's numbers.
    pub(in crate::devices) interrupts: Vec<DeviceInterrupt>,
}

impl GuestNode {
    /// The start of its first registers.
    pub(in crate::devices) fn base(&self) -> Option<u64> {
        self.registers.first().copied().flatten().map(|range| range.start().raw())
    }
}

/// Nodes below the root that describe no device (Devicetree Specification 0.4, 3), with what is below them.
const NO_DEVICES: [&str; 8] = [
    "__fixups__",
    "__local_fixups__",
    "__symbols__",
    "aliases",
    "chosen",
    "cpus",
    "memory",
    "reserved-memory",
];

/// Timers of the CPUs, and channels: the hypervisor's, whatever the board has.
const PROVIDED: [&str; 5] = ["arm,armv7-timer", "arm,armv8-timer", "riscv,timer", "bulkhead,ivc", "hvisor"];

/// The nodes of a zone's tree that need resources of the board. One that cannot be read is left out and reported.
pub(super) fn read(
    blob: &[u8],
    wanted: &Wanted<'_>,
    has_uart: bool,
    facts: &Facts,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<GuestNode> {
    let Some(tree) = Tree::read(blob) else { return Vec::new() };
    let mut found = Vec::new();
    // Whether devices are looked for below each node.
    let mut are_open: Vec<bool> = Vec::new();
    for entry in &tree.nodes {
        let is_below = entry.above.is_none_or(|above| are_open.get(above).copied().unwrap_or(false));
        let what = if is_below { kind(&tree, entry, has_uart, facts) } else { Kind::Nothing };
        are_open.push(matches!(what, Kind::Bus | Kind::Controller));
        if let Kind::Device = what {
            match device(&tree, entry, wanted, facts) {
                Ok(node) => found.push(node),
                Err(error) => diagnostics.push(error),
            }
        }
    }
    found
}

/// What a node is.
enum Kind {
    /// Not there or no device, like all below it.
    Nothing,
    /// What leads to devices and is none.
    Bus,
    /// The zone's interrupt controller. What is below it is none of that.
    Controller,
    /// What needs resources of the board. What is below it is a part of it.
    Device,
}

fn kind(tree: &Tree<'_>, entry: &Entry<'_>, has_uart: bool, facts: &Facts) -> Kind {
    let Entry { node, above, .. } = entry;
    let Some(above) = above else { return Kind::Bus };
    let is_top = *above == 0;
    let name = node.name_without_address();
    let is_memory = node.property("device_type").is_some_and(|kind| kind.value() == b"memory\0");
    let is_none = is_memory || is_top && NO_DEVICES.contains(&name);
    if !tree.is_usable(entry) || is_none || is_compatible(node, &PROVIDED) {
        return Kind::Nothing;
    }
    let has = |name: &str| node.property(name).is_some_and(|value| !value.value().is_empty());
    let needs = ["reg", "interrupts", "interrupts-extended"].into_iter().any(has);
    if !needs || is_compatible(node, &["simple-bus"]) {
        return Kind::Bus;
    }
    if interrupts::is_controller(tree, entry, facts) {
        return Kind::Controller;
    }
    let base = tree.registers(entry).ok().and_then(|ranges| ranges.first().copied().flatten());
    let uart = facts.board.uart.frame.start().raw();
    if has_uart && base.is_some_and(|base| base.start().raw() == uart) {
        return Kind::Nothing;
    }
    Kind::Device
}

fn device(
    tree: &Tree<'_>,
    entry: &Entry<'_>,
    wanted: &Wanted<'_>,
    facts: &Facts,
) -> Result<GuestNode, Diagnostic> {
    let (zone, path) = (wanted.zone, &entry.path);
    let registers = tree.registers(entry).map_err(|(place, reason)| {
        let message =
            format!("in zone {zone}, {} of the guest's {path} cannot be read: {reason}", reg(place));
        let help = "correct the zone's device tree: `reg`, and `ranges` of the buses above";
        wanted.refuse("match-registers", message, path).help(help)
    })?;
    let interrupts = interrupts::read(tree, entry, facts).map_err(|refusal| {
        let place = irq(refusal.place);
        let message = format!("in zone {zone}, {place} of the guest's {path} {}", refusal.what);
        wanted.refuse(refusal.code, message, path).help(refusal.help)
    })?;
    let compatible = entry.node.property("compatible").map(|list| list.value().to_vec());
    let compatible = compatible.unwrap_or_default();
    let compatible = String::from_utf8_lossy(&compatible);
    let compatible: Vec<_> =
        compatible.split('\0').filter(|kind| !kind.is_empty()).map(str::to_owned).collect();
    if compatible.is_empty() {
        let message = format!(
            "in zone {zone}, the guest's {path} has no `compatible` by which a device could be found"
        );
        let help = "add it, or take the node out of the zone's device tree";
        return Err(wanted.refuse("match-compatible", message, path).help(help));
    }
    Ok(GuestNode { path: path.clone(), compatible, registers, interrupts })
}
