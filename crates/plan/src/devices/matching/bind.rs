//! What of a device is given for the node that is matched to it: its registers where the board has them, its interrupts
//! one to one by their places.

use addr::{HostPhys, Range};
use board::{DeviceInterrupt, InterruptController};

use crate::devices::{Asked, BoundInterrupt, Placed, Request, irq, reg};
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;

/// Checks that the device has the registers that the node asks for, where it asks for them. `given` are those of the
/// device that the zone gets.
pub(in crate::devices) fn registers(
    request: &Request<'_>,
    asked: &Asked<'_>,
    given: &[Placed<Range<HostPhys>>],
) -> Result<(), Diagnostic> {
    let Request { path, zone, .. } = request;
    let guest = &asked.node.path;
    for (place, wanted) in asked.node.registers.iter().enumerate() {
        // One without bytes asks for nothing.
        let Some(wanted) = wanted else { continue };
        let name = reg(place);
        let Some(own) = given.iter().find(|own| own.place == place) else {
            return Err(out_of_range(request, guest, &name, given.len(), "ranges of registers"));
        };
        let (own_start, own_end) = (own.item.start().raw(), own.item.end().raw());
        if wanted.start().raw() != own_start {
            let message = format!(
                "in zone {zone}, {name} of the guest's {guest} is at {}, and that of {path} at {}",
                wanted.start(),
                own.item.start()
            );
            let help = format!(
                "write {own_start:#x} into the zone's device tree: a guest sees registers where the board has them"
            );
            return Err(request.refuse("match-registers", message, "other registers").help(help));
        }
        if wanted.end().raw() > own_end {
            let message = format!(
                "in zone {zone}, {name} of the guest's {guest} has {:#x} bytes, and that of {path} {:#x}",
                wanted.size(),
                own.item.size()
            );
            let help = format!("write {:#x} or less into the zone's device tree", own.item.size());
            return Err(request.refuse("match-registers", message, "too large").help(help));
        }
    }
    Ok(())
}

/// Binds interrupt i of the node to interrupt i of the device. Those of the device that the node does not name have no
/// number in the guest, and are bound to nothing.
pub(in crate::devices) fn bind(
    request: &Request<'_>,
    given: &[Placed<DeviceInterrupt>],
    facts: &Facts,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Vec<BoundInterrupt>, Diagnostic> {
    let Some(asked) = &request.asked else {
        let same = |own: &Placed<DeviceInterrupt>| bound(own, own.item.number);
        return Ok(given.iter().map(same).collect());
    };
    let mut found = Vec::new();
    for (place, wanted) in asked.node.interrupts.iter().enumerate() {
        let Some(own) = given.iter().find(|own| own.place == place) else {
            return Err(out_of_range(request, &asked.node.path, &irq(place), given.len(), "interrupts"));
        };
        warnings.extend(other_trigger(request, asked, own, wanted, facts));
        found.push(bound(own, wanted.number));
    }
    Ok(found)
}

fn bound(own: &Placed<DeviceInterrupt>, number: u32) -> BoundInterrupt {
    let DeviceInterrupt { number: physical, flags } = own.item;
    BoundInterrupt { place: own.place, number, physical, flags }
}

fn out_of_range(request: &Request<'_>, guest: &str, name: &str, count: usize, what: &str) -> Diagnostic {
    let Request { path, zone, .. } = request;
    let (reason, help) = match &request.table.resources {
        Some(_) => (format!("is not among the `resources` of {path}"), "name it there"),
        None => (format!("is out of range: {path} has {count} {what}"), "places count from 0"),
    };
    let message = format!("in zone {zone}, {name} of the guest's {guest} {reason}");
    let help = format!("{help}; or take it out of the zone's device tree");
    request.refuse("match-range", message, "has no such resource").help(help)
}

/// A trigger of the guest's that is not the board's. The device is as it is, so the board's is taken.
fn other_trigger(
    request: &Request<'_>,
    asked: &Asked<'_>,
    own: &Placed<DeviceInterrupt>,
    wanted: &DeviceInterrupt,
    facts: &Facts,
) -> Option<Diagnostic> {
    // Sources of a PLIC do not say, and flags of 0 leave it open.
    let is_said =
        !matches!(facts.board.interrupt_controller, InterruptController::Plic(_)) && wanted.flags != 0;
    (is_said && wanted.flags != own.item.flags).then(|| {
        let Request { path, zone, .. } = request;
        let (guest, name) = (&asked.node.path, irq(own.place));
        let message = format!(
            "in zone {zone}, {name} of the guest's {guest} is signalled by a {}, and that of {path} by a {}",
            trigger(wanted.flags),
            trigger(own.item.flags)
        );
        let warning = Diagnostic::warning("match-trigger", message).at(asked.span.clone(), guest);
        warning.help(format!(
            "write {} as the trigger into the zone's device tree; the board's is taken",
            own.item.flags
        ))
    })
}

/// Flags of an interrupt specifier in words.
fn trigger(flags: u32) -> &'static str {
    match flags {
        1 => "rising edge",
        2 => "falling edge",
        4 => "high level",
        8 => "low level",
        _ => "trigger of no name",
    }
}
