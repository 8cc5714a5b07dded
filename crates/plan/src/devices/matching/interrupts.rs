//! The interrupts of a node of a guest's device tree: at the zone's interrupt controller, which is where the board has
//! its own.

use addr::{GuestPhys, HostPhys, Range};
use board::{DeviceInterrupt, DeviceInterruptError, MAX_INTERRUPTS};
use dtoolkit::Node;

use super::tree::{Entry, Tree};
use crate::facts::{Facts, cells};
use crate::lines::Lines;

/// The most cells that name one interrupt.
const MOST_CELLS: u32 = 4;

/// Why an interrupt cannot be bound.
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) place: usize,
    /// What it does, as the rest of a sentence.
    pub(super) what: String,
    pub(super) help: String,
}

/// Whether a node is a part of the zone's interrupt controller.
pub(super) fn is_controller(tree: &Tree<'_>, entry: &Entry<'_>, facts: &Facts) -> bool {
    let is_one =
        ["interrupt-controller", "msi-controller"].iter().any(|name| entry.node.property(name).is_some());
    is_one && facts.board.interrupt_controller.frames().any(|frame| is_at(tree, entry, frame))
}

/// Whether the first registers of a node begin where the board's do.
fn is_at(tree: &Tree<'_>, entry: &Entry<'_>, frame: Range<HostPhys>) -> bool {
    let first = |ranges: Vec<Option<Range<GuestPhys>>>| ranges.first().copied().flatten();
    let base = tree.registers(entry).ok().and_then(first);
    base.is_some_and(|base| base.start().raw() == frame.start().raw())
}

/// The interrupts of a node by the guest's numbers. `interrupts-extended` comes before `interrupts` where it has both
/// (Devicetree Specification 0.4, 2.4.1).
pub(super) fn read(
    tree: &Tree<'_>,
    entry: &Entry<'_>,
    facts: &Facts,
) -> Result<Vec<DeviceInterrupt>, Refusal> {
    let mut found = Vec::new();
    let extended = cells(&entry.node, "interrupts-extended");
    let mut rest = extended.as_slice();
    while let Some((phandle, behind)) = rest.split_first() {
        let controller = controller(tree, *phandle, found.len(), facts)?;
        rest = push(&mut found, controller, behind, facts)?;
    }
    if is_cut(entry, "interrupts-extended") {
        return Err(malformed(found.len()));
    }
    if extended.is_empty() {
        let own = cells(&entry.node, "interrupts");
        let mut rest = own.as_slice();
        while !rest.is_empty() {
            let controller = controller(tree, parent(tree, entry)?, found.len(), facts)?;
            rest = push(&mut found, controller, rest, facts)?;
        }
        if is_cut(entry, "interrupts") {
            return Err(malformed(found.len()));
        }
    }
    Ok(found)
}

/// Whether a property ends within a cell.
fn is_cut(entry: &Entry<'_>, name: &str) -> bool {
    use dtoolkit::Property;
    entry.node.property(name).is_some_and(|property| !property.value().len().is_multiple_of(4))
}

/// The phandle that the node, or the nearest bus above it, names as its interrupt parent.
fn parent(tree: &Tree<'_>, entry: &Entry<'_>) -> Result<u32, Refusal> {
    let mut named =
        tree.upwards(entry).filter_map(|entry| cells(&entry.node, "interrupt-parent").first().copied());
    named.next().ok_or_else(|| Refusal {
        code: "match-interrupt-parent",
        place: 0,
        what: "has no interrupt parent: neither the node nor a bus above it names one".into(),
        help: "add `interrupt-parent` to the zone's device tree".into(),
    })
}

/// The node that an interrupt goes to, which must be the zone's controller: for that at which interrupts are bound.
fn controller<'s, 't>(
    tree: &'s Tree<'t>,
    phandle: u32,
    place: usize,
    facts: &Facts,
) -> Result<&'s Entry<'t>, Refusal> {
    let refuse = |what: String| {
        Refusal {
        code: "match-interrupt-parent",
        place,
        what,
        help: "correct `interrupt-parent` or `interrupts-extended` in the zone's device tree: interrupts of devices go \
            to the zone's controller, which is where the board's is"
            .into(),
    }
    };
    let Some(entry) = tree.with_phandle(phandle) else {
        return Err(refuse(format!("has a missing interrupt parent: no node has the phandle {phandle:#x}")));
    };
    if entry.node.property("interrupt-controller").is_none() {
        return Err(refuse(format!("goes to {}, which is no interrupt controller", entry.path)));
    }
    let main = facts.board.interrupt_controller.frames().next();
    if !main.is_some_and(|main| is_at(tree, entry, main)) {
        return Err(refuse(format!("goes to {}, which is not the zone's interrupt controller", entry.path)));
    }
    Ok(entry)
}

/// Takes one specifier off the front of `cells`; what is behind it.
fn push<'c>(
    found: &mut Vec<DeviceInterrupt>,
    controller: &Entry<'_>,
    all: &'c [u32],
    facts: &Facts,
) -> Result<&'c [u32], Refusal> {
    let place = found.len();
    let count = cells(&controller.node, "#interrupt-cells").first().copied();
    let count = count.filter(|count| (1..=MOST_CELLS).contains(count) && place < MAX_INTERRUPTS);
    let split = count.and_then(|count| all.split_at_checked(count as usize));
    let (specifier, behind) = split.ok_or_else(|| malformed(place))?;
    let board = &facts.board.interrupt_controller;
    let interrupt = DeviceInterrupt::read(specifier, board).map_err(|error| match error {
        DeviceInterruptError::NotShared => Refusal {
            code: "match-interrupt",
            place,
            what: "is private to a CPU, or none that a GIC has".into(),
            help: "take it out of the zone's device tree: only shared interrupts are bound".into(),
        },
        _ => malformed(place),
    })?;
    let (first, last) = Lines::possible(facts);
    let number = interrupt.number;
    if !(first..=last).contains(&number) {
        return Err(Refusal {
            code: "match-interrupt",
            place,
            what: format!("is interrupt {number}, which is out of range for its controller"),
            help: format!("use {first} to {last}: it need not be the board's number"),
        });
    }
    found.push(interrupt);
    Ok(behind)
}

fn malformed(place: usize) -> Refusal {
    Refusal {
        code: "match-interrupt",
        place,
        what: "is malformed".into(),
        help: "correct `interrupts` in the zone's device tree, or `#interrupt-cells` of its controller"
            .into(),
    }
}
