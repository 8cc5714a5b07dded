//! A device's interrupts: at the board's interrupt controller, and nobody else's.

use board::{Device, DeviceInterrupt, DeviceInterruptError};

use super::{PlannedDevice, Request};
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;

/// The interrupts of a device.
pub(super) fn read(
    request: &Request<'_>,
    physical: &Device<'_>,
    facts: &Facts,
) -> Result<Vec<DeviceInterrupt>, Diagnostic> {
    let path = &request.path;
    let refuse = |code, message, help: &str| Err(request.refuse(code, message, "this device").help(help));
    let interrupts = match physical.interrupts(&facts.board.interrupt_controller) {
        Ok(interrupts) => interrupts,
        Err(DeviceInterruptError::NoParent) => {
            let message = format!("no interrupt controller takes the interrupts of {path}");
            let help = "correct `interrupt-parent` in the board's device tree";
            return refuse("device-interrupt-parent", message, help);
        }
        Err(DeviceInterruptError::OtherController) => {
            let message =
                format!("the interrupts of {path} go to another node than the board's interrupt controller");
            let help = "leave it out: this version binds interrupts of the main controller alone";
            return refuse("device-interrupt-parent", message, help);
        }
        Err(DeviceInterruptError::NotShared) => {
            let message = format!("{path} has an interrupt that is private to a CPU");
            return refuse("device-interrupt", message, "leave it out: only shared interrupts are bound");
        }
        Err(DeviceInterruptError::Malformed) => {
            let message = format!("the interrupts of {path} are malformed");
            return refuse("device-interrupt", message, "correct the board's device tree");
        }
    };
    let last = facts.last_interrupt();
    for DeviceInterrupt { number, .. } in &interrupts {
        if *number == facts.board.uart.interrupt {
            let message = format!("interrupt {number} of {path} is the hypervisor's: its console has it too");
            let help = "leave it out: an interrupt has one owner";
            return refuse("device-interrupt", message, help);
        }
        if *number == 0 || *number > last {
            let message = format!("interrupt {number} of {path} is out of range: the last is {last}");
            return refuse("device-interrupt", message, "correct the board's device tree");
        }
    }
    Ok(interrupts.into_iter().collect())
}

/// Interrupts of a device that another has already.
pub(super) fn taken(
    request: &Request<'_>,
    device: &PlannedDevice,
    planned: &[(&str, Vec<PlannedDevice>)],
) -> Option<Diagnostic> {
    let Request { zone, path, span, .. } = request;
    let others = planned.iter().flat_map(|(owner, devices)| devices.iter().map(move |other| (*owner, other)));
    let has = |other: &PlannedDevice, number| other.interrupts.iter().any(|own| own.number == number);
    let (owner, other, number) = others.into_iter().find_map(|(owner, other)| {
        let shared = device.interrupts.iter().find(|interrupt| has(other, interrupt.number))?;
        Some((owner, other, shared.number))
    })?;
    let message =
        format!("interrupt {number} is that of {} in zone {owner} and of {path} in zone {zone}", other.path);
    let diagnostic = Diagnostic::error("interrupt-taken", message)
        .at(other.span.clone(), format!("zone {owner} owns interrupt {number}"))
        .at(span.clone(), format!("zone {zone} wants it too"));
    Some(diagnostic.help("an interrupt has one device: leave one of the two out"))
}
