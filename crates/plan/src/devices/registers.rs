//! A device's registers: inside the board, and nobody else's.

use addr::{HostPhys, Range};
use board::Device;

use super::Request;
use super::resources::{Placed, Resources, reg};
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;

/// The registers of every node of the board.
pub(super) struct Neighbours(Vec<(String, Range<HostPhys>)>);

impl Neighbours {
    /// Looks at the whole board.
    pub(super) fn new(facts: &Facts) -> Self {
        // What is no physical address, such as a CPU's number, cannot be read.
        let mut all = Vec::new();
        for path in facts.paths() {
            let device = facts.physical(&path);
            let ranges = device.iter().flat_map(board::Device::readable_registers);
            all.extend(ranges.map(|range| (path.clone(), range)));
        }
        Self(all)
    }

    /// Another node with some of these registers.
    fn of(&self, path: &str, registers: Range<HostPhys>) -> Option<&(String, Range<HostPhys>)> {
        self.0.iter().find(|(other, range)| other != path && range.overlaps(registers))
    }
}

/// The ranges of a device.
pub(super) fn read(
    request: &Request<'_>,
    physical: &Device<'_>,
    resources: &Resources,
    facts: &Facts,
    neighbours: &Neighbours,
) -> Result<Vec<Placed<Range<HostPhys>>>, Diagnostic> {
    let path = &request.path;
    let registers = physical.registers().map_err(|error| {
        let message = format!("the registers of {path} cannot be read: {error}");
        let help = "name a device whose `reg` and whose buses' `ranges` lead to physical addresses";
        request.refuse("device-registers", message, "this device").help(help)
    })?;
    if registers.is_empty() {
        let message = format!("{path} has no registers: there is nothing to give");
        let help = "name a device that has `reg` in the board's device tree";
        return Err(request.refuse("device-registers", message, "no registers").help(help));
    }
    let registers = resources.registers(request, registers.into_iter().collect())?;
    for own @ Placed { place, item: range } in &registers {
        let uart = (facts.board.uart.frame, "its console");
        let controller = facts.board.interrupt_controller.frames();
        let mut kept =
            std::iter::once(uart).chain(controller.map(|frame| (frame, "its interrupt controller")));
        if let Some((_, what)) = kept.find(|(frame, _)| frame.overlaps(*range)) {
            let message = format!("{path} is the hypervisor's: {what}");
            let help = "leave it out: every zone has a virtual one";
            return Err(request.refuse("device-of-the-hypervisor", message, "not for zones").help(help));
        }
        if let Some(bank) = facts.board.ram.iter().find(|bank| bank.overlaps(*range)) {
            let message = format!("{} of {path} ({range}) lies in the board's RAM {bank}", reg(*place));
            let help = "give memory by `memory`; else correct the board's device tree";
            return Err(request.refuse("device-in-memory", message, "no device").help(help));
        }
        are_its_own(request, own, neighbours)?;
    }
    Ok(registers)
}

/// Registers that another node has too are given to nobody.
fn are_its_own(
    request: &Request<'_>,
    Placed { place, item: range }: &Placed<Range<HostPhys>>,
    neighbours: &Neighbours,
) -> Result<(), Diagnostic> {
    let path = &request.path;
    let Some((other, theirs)) = neighbours.of(path, *range) else { return Ok(()) };
    let message = format!("{} of {path} ({range}) overlaps the registers of {other} ({theirs})", reg(*place));
    let help = "leave it out; or name by `resources` what is its alone";
    Err(request.refuse("device-registers-shared", message, "not its alone").help(help))
}
