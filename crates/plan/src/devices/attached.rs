//! Nodes without registers that describe what is attached to lines of other devices, such as keys and LEDs on those of
//! a GPIO controller. A zone that has these devices may have the node, with all below it.

use dtoolkit::model::{DeviceTreeNode, DeviceTreeProperty};
use dtoolkit::{Node, Property};

use super::reset::Restart;
use super::{Clocks, PlannedDevice, Reference, Request, properties, references, shared};
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;

/// How many levels of nodes such a node may have, itself included.
const MOST_LEVELS: usize = 4;

/// Properties of what has registers, or is a bus.
const OF_REGISTERS: [&str; 3] = ["reg", "ranges", "dma-ranges"];

/// Properties of interrupts that go to a controller, or come from one, by themselves.
const OF_INTERRUPTS: [&str; 4] =
    ["interrupts", "interrupts-extended", "interrupt-parent", "interrupt-controller"];

/// A node below a device.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) properties: Vec<DeviceTreeProperty>,
    pub(crate) references: Vec<Reference>,
    pub(crate) parts: Vec<Part>,
}

/// Whether a node is of this kind: no registers in it or below it, and a line of another device.
pub(super) fn is(node: &DeviceTreeNode) -> bool {
    let levels = |node, holds: &dyn Fn(&DeviceTreeNode) -> bool| any_of(node, holds, MOST_LEVELS);
    let has_registers = |node: &DeviceTreeNode| OF_REGISTERS.iter().any(|name| node.property(name).is_some());
    let has_line = |node: &DeviceTreeNode| {
        node.properties().any(|property| references::cells_of(property.name()).is_some())
    };
    !levels(node, &has_registers) && levels(node, &has_line)
}

fn any_of(node: &DeviceTreeNode, holds: &dyn Fn(&DeviceTreeNode) -> bool, levels: usize) -> bool {
    let below = levels.checked_sub(1);
    holds(node) || below.is_some_and(|levels| node.children().any(|child| any_of(child, holds, levels)))
}

/// All that the guest is told of it, or the first reason why it cannot be given.
pub(super) fn inspect(
    request: &Request<'_>,
    facts: &Facts,
    owners: &[(String, &str)],
) -> Result<PlannedDevice, Diagnostic> {
    let path = &request.path;
    let key = request.table.dma.map(|_| "dma").or(request.table.resources.as_ref().map(|_| "resources"));
    if let Some(key) = key {
        let message = format!("{path} has no registers, so that `{key}` says nothing of it");
        return Err(request.refuse("device-registers", message, "this device").help("take it out"));
    }
    shared::check(request)?;
    let Part { properties, references, parts, .. } =
        part(request, request.node, path, facts, owners, MOST_LEVELS)?;
    Ok(PlannedDevice {
        path: path.clone(),
        span: request.span.clone(),
        guest_node: None,
        registers: Vec::new(),
        interrupts: Vec::new(),
        properties,
        references,
        parts,
        clocks: Clocks::default(),
        hole: None,
        restart: Restart::Nothing,
    })
}

fn part(
    request: &Request<'_>,
    node: &DeviceTreeNode,
    path: &str,
    facts: &Facts,
    owners: &[(String, &str)],
    levels: usize,
) -> Result<Part, Diagnostic> {
    let refuse = |code, message, help: &str| Err(request.refuse(code, message, "this device").help(help));
    let Some(levels) = levels.checked_sub(1) else {
        let message = format!("{} has more than {MOST_LEVELS} levels of nodes", request.path);
        return refuse("device-with-children", message, "leave it out");
    };
    if let Some(name) = OF_INTERRUPTS.into_iter().find(|name| node.property(name).is_some()) {
        let message = format!("{path} has interrupts of its own (property `{name}`), but no registers");
        let help = "leave it out: a node without registers is given with lines of the zone's devices alone";
        return refuse("device-interrupt", message, help);
    }
    let other = |name: &str| {
        name == "clocks" || properties::is_reference(name) && references::cells_of(name).is_none()
    };
    if let Some(property) = node.properties().find(|property| other(property.name())) {
        let name = property.name();
        let first = crate::facts::cells(node, name).first().copied();
        return Err(properties::depends(request, name, first, facts, owners));
    }
    let references = references::read(request, node, facts, owners)?;
    let is_own = |name: &str| {
        ["name", "phandle", "linux,phandle"].contains(&name) || references::cells_of(name).is_some()
    };
    let properties = node.properties().filter(|property| !is_own(property.name()));
    let below = |child: &DeviceTreeNode| {
        part(request, child, &format!("{path}/{}", child.name()), facts, owners, levels)
    };
    Ok(Part {
        name: node.name().to_owned(),
        properties: properties.map(|property| DeviceTreeProperty::from_property(&property)).collect(),
        references,
        parts: node.children().map(below).collect::<Result<_, _>>()?,
    })
}
