//! A device's interrupts: at the board's interrupt controller, and nobody else's.

use board::{Device, DeviceInterrupt, DeviceInterruptError};
use dtoolkit::Node;
use dtoolkit::model::DeviceTreeNode;

use super::resources::{Placed, Resources, irq};
use super::{PlannedDevice, Request};
use crate::diagnostic::Diagnostic;
use crate::facts::{Facts, cells};

/// The interrupts of a device.
pub(super) fn read(
    request: &Request<'_>,
    physical: &Device<'_>,
    resources: &Resources,
    facts: &Facts,
) -> Result<Vec<Placed<DeviceInterrupt>>, Diagnostic> {
    let path = &request.path;
    let refuse = |code, message, help: &str| Err(request.refuse(code, message, "this device").help(help));
    let interrupts = match physical.interrupts(&facts.board.interrupt_controller) {
        Ok(interrupts) => interrupts,
        Err((_, DeviceInterruptError::NoParent)) => {
            let message = match parents(request, facts).into_iter().find(|parent| parent.node.is_none()) {
                Some(Parent { phandle, .. }) => {
                    format!("the interrupt parent of {path} is missing: no node has the phandle {phandle:#x}")
                }
                None => format!("neither {path} nor a bus above it names an interrupt parent"),
            };
            let help = "correct `interrupt-parent` or `interrupts-extended` in the board's device tree";
            return refuse("device-interrupt-parent", message, help);
        }
        Err((place, DeviceInterruptError::OtherController)) => {
            return Err(other_controller(request, place, facts));
        }
        Err((place, DeviceInterruptError::NotShared)) => {
            let message = format!("{} of {path} is private to a CPU", irq(place));
            return refuse("device-interrupt", message, "leave it out: only shared interrupts are bound");
        }
        Err((place, DeviceInterruptError::Malformed)) => {
            let message = format!("{} of {path} is malformed", irq(place));
            return refuse("device-interrupt", message, "correct the board's device tree");
        }
    };
    let interrupts = resources.interrupts(request, interrupts.into_iter().collect())?;
    let last = facts.last_interrupt();
    for Placed { place, item: DeviceInterrupt { number, .. } } in &interrupts {
        let name = irq(*place);
        if *number == facts.board.uart.interrupt {
            let message =
                format!("{name} of {path} (interrupt {number}) is the hypervisor's: its console has it too");
            let help = "leave it out: an interrupt has one owner";
            return refuse("device-interrupt", message, help);
        }
        if *number == 0 || *number > last {
            let message =
                format!("{name} of {path} (interrupt {number}) is out of range: the last is {last}");
            return refuse("device-interrupt", message, "correct the board's device tree");
        }
        let first = interrupts.iter().find(|first| first.item.number == *number);
        if let Some(first) = first.filter(|first| first.place != *place) {
            let message =
                format!("{} and {name} of {path} are the same: interrupt {number}", irq(first.place));
            let help = "name by `resources` one of the two, or correct the board's device tree";
            return refuse("device-interrupt", message, help);
        }
    }
    Ok(interrupts)
}

/// A node that interrupts of a device go to.
struct Parent<'f> {
    phandle: u32,
    /// `None` where no node has the phandle.
    node: Option<(String, &'f DeviceTreeNode)>,
}

/// The nodes that the interrupts of a device go to, as far as they can be read.
fn parents<'f>(request: &Request<'_>, facts: &'f Facts) -> Vec<Parent<'f>> {
    let mut found = Vec::new();
    let extended = cells(request.node, "interrupts-extended");
    let mut rest = extended.as_slice();
    while let Some((phandle, behind)) = rest.split_first() {
        let node = facts.with_phandle(*phandle);
        let count = node.as_ref().and_then(|(_, node)| cells(node, "#interrupt-cells").first().copied());
        found.push(Parent { phandle: *phandle, node });
        // What follows one that cannot be read may be anything.
        rest = count.and_then(|count| behind.get(count as usize..)).unwrap_or_default();
    }
    if extended.is_empty() {
        // Its own, or that of the nearest bus above it.
        let mut above = request.path.as_str();
        while let Some((path, node)) = facts.at_path(above) {
            if let Some(phandle) = cells(node, "interrupt-parent").first() {
                found.push(Parent { phandle: *phandle, node: facts.with_phandle(*phandle) });
                break;
            }
            if path.is_empty() {
                break;
            }
            above = above.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }
    found
}

/// Interrupts that go to another node than the board's interrupt controller.
fn other_controller(request: &Request<'_>, place: usize, facts: &Facts) -> Diagnostic {
    let (path, name) = (&request.path, irq(place));
    let main = facts.board.interrupt_controller.frames().next();
    let is_main =
        |path: &str| facts.physical(path).is_some_and(|device| device.readable_registers().next() == main);
    let nodes = parents(request, facts).into_iter().filter_map(|parent| parent.node);
    let other = nodes.into_iter().find(|(path, _)| !is_main(path));
    let (message, help) = match other {
        Some((other, node)) if node.property("interrupt-controller").is_none() => (
            format!("{name} of {path} goes to {other}, which is no interrupt controller"),
            "correct `interrupt-parent` or `interrupts-extended` in the board's device tree",
        ),
        Some((other, _)) => (
            format!("{name} of {path} goes to {other}, which is not the board's main interrupt controller"),
            "leave it out: this version binds interrupts of the main controller alone",
        ),
        None => (
            format!("{name} of {path} goes to another node than the board's interrupt controller"),
            "leave it out: this version binds interrupts of the main controller alone",
        ),
    };
    request.refuse("device-interrupt-parent", message, "this device").help(help)
}

/// Interrupts of a device that another has already.
pub(super) fn taken(
    request: &Request<'_>,
    device: &PlannedDevice,
    planned: &[(&str, Vec<PlannedDevice>)],
) -> Option<Diagnostic> {
    let Request { zone, path, span, .. } = request;
    let others = planned.iter().flat_map(|(owner, devices)| devices.iter().map(move |other| (*owner, other)));
    let same = |other: &PlannedDevice| {
        let mut pairs =
            other.interrupts.iter().flat_map(|first| device.interrupts.iter().map(move |own| (*first, *own)));
        pairs.find(|(first, own)| first.physical == own.physical)
    };
    let (owner, other, (first, own)) =
        others.into_iter().find_map(|(owner, other)| Some((owner, other, same(other)?)))?;
    let number = own.physical;
    let message = format!(
        "interrupt {number} is {} of {} in zone {owner} and {} of {path} in zone {zone}",
        irq(first.place),
        other.path,
        irq(own.place)
    );
    let diagnostic = Diagnostic::error("interrupt-taken", message)
        .at(other.span.clone(), format!("zone {owner} owns interrupt {number}"))
        .at(span.clone(), format!("zone {zone} wants it too"));
    Some(diagnostic.help("an interrupt has one device: leave one of the two out"))
}
