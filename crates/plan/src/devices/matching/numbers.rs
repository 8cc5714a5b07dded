//! The numbers by which a guest knows its interrupts: each stands for one physical interrupt.

use std::ops::Range;

use manifest::{Controller, Delivery};

use crate::devices::{BoundInterrupt, PlannedDevice, irq};
use crate::diagnostic::Diagnostic;

/// A zone whose numbers are checked.
pub(crate) struct Guest<'z> {
    pub(crate) zone: &'z str,
    /// That of its virtual UART.
    pub(crate) uart: Option<u32>,
    pub(crate) delivery: Delivery,
    /// Where zones.toml says how interrupts reach it.
    pub(crate) delivery_span: Option<Range<usize>>,
    pub(crate) controller: Controller,
}

/// Checks the interrupts of a zone's devices.
pub(crate) fn check(guest: &Guest<'_>, devices: &[PlannedDevice], diagnostics: &mut Vec<Diagnostic>) {
    let mut known: Vec<(&PlannedDevice, &BoundInterrupt)> = Vec::new();
    for device in devices {
        for interrupt in &device.interrupts {
            diagnostics.extend(of_the_uart(guest, device, interrupt));
            diagnostics.extend(renumbered(guest, device, interrupt));
            // Two devices with one physical interrupt were reported.
            let is_other = |other: &BoundInterrupt| {
                other.number == interrupt.number && other.physical != interrupt.physical
            };
            let first = known.iter().find(|(_, other)| is_other(other));
            diagnostics.extend(first.map(|first| bound_twice(guest, *first, (device, interrupt))));
            known.push((device, interrupt));
        }
    }
}

fn bound_twice(
    guest: &Guest<'_>,
    (first, bound): (&PlannedDevice, &BoundInterrupt),
    (second, wanted): (&PlannedDevice, &BoundInterrupt),
) -> Diagnostic {
    let message = format!(
        "in zone {}, interrupt {} is bound to {}, and {} wants it for {}",
        guest.zone,
        wanted.number,
        of_board(first, bound),
        who(second),
        of_board(second, wanted)
    );
    let diagnostic = Diagnostic::error("interrupt-bound", message).at(first.span.clone(), who(first));
    let diagnostic =
        if first.span == second.span { diagnostic } else { diagnostic.at(second.span.clone(), who(second)) };
    diagnostic.help("give each another number in the zone's device tree: it need not be the board's")
}

fn of_the_uart(guest: &Guest<'_>, device: &PlannedDevice, interrupt: &BoundInterrupt) -> Option<Diagnostic> {
    // With direct delivery its line is one that no device has.
    let number = guest.uart.filter(|number| *number == interrupt.number)?;
    let message = format!(
        "in zone {}, interrupt {number} is the virtual UART's, and {} wants it for {}",
        guest.zone,
        who(device),
        of_board(device, interrupt)
    );
    let diagnostic = Diagnostic::error("interrupt-bound", message).at(device.span.clone(), who(device));
    Some(diagnostic.help("give it another number in the zone's device tree, or write `uart = false`"))
}

/// With direct delivery nobody renumbers what a GIC delivers.
fn renumbered(guest: &Guest<'_>, device: &PlannedDevice, interrupt: &BoundInterrupt) -> Option<Diagnostic> {
    let is_direct = guest.delivery == Delivery::Direct && matches!(guest.controller, Controller::Gic(_));
    (is_direct && interrupt.number != interrupt.physical).then(|| {
        let message = format!(
            "in zone {}, direct delivery cannot make {} the interrupt {} that {} wants",
            guest.zone,
            of_board(device, interrupt),
            interrupt.number,
            who(device)
        );
        let mut error =
            Diagnostic::error("interrupt-renumbered", message).at(device.span.clone(), who(device));
        if let Some(span) = &guest.delivery_span {
            error = error.at(span.clone(), "no other numbers than the board's");
        }
        let help = format!(
            "write {} into the zone's device tree (SPI {}), or leave `interrupts` out",
            interrupt.physical,
            interrupt.physical.saturating_sub(32)
        );
        error.help(help)
    })
}

/// A physical interrupt by its place.
fn of_board(device: &PlannedDevice, interrupt: &BoundInterrupt) -> String {
    format!("{} of {} (interrupt {})", irq(interrupt.place), device.path, interrupt.physical)
}

/// Who asks for a device.
fn who(device: &PlannedDevice) -> String {
    device.guest_node.as_ref().map_or_else(|| device.path.clone(), |node| format!("the guest's {node}"))
}
