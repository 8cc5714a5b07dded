//! The devices that zones own: each a node of the board's device tree that can be given whole, to one zone alone.

mod attached;
mod candidates;
mod clocks;
mod dma;
mod interrupts;
mod matching;
mod names;
mod pages;
mod properties;
mod references;
mod registers;
mod reset;
mod resources;
mod shared;

use std::ops::Range;

use addr::{GuestPhys, HostPhys, Range as AddressRange};
use dtoolkit::model::{DeviceTreeNode, DeviceTreeProperty};
use dtoolkit::{Node, Property};
use manifest::{Interrupt, Region, RegionKind, Trigger};
use toml::Spanned;

use crate::config::{DeviceTable, Zone};
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;
use crate::files::Contents;
use matching::GuestNode;
use resources::{Placed, Resources, irq, reg};

pub(crate) use attached::Part;
pub(crate) use clocks::{Clock, Clocks};
pub(crate) use dma::Hole;
pub(crate) use matching::{GuestNumbers, check_numbers, is_shallow};
pub(crate) use pages::regions;
pub(crate) use references::{Cell, Reference};
pub(crate) use reset::Restart;

/// A device with everything that its owner gets.
#[derive(Clone, Debug)]
pub(crate) struct PlannedDevice {
    /// Its path in the board's device tree, in full.
    pub(crate) path: String,
    /// Where zones.toml names it, or says that it is found by the zone's device tree.
    pub(crate) span: Range<usize>,
    /// The node of the zone's own device tree that is matched to it.
    pub(crate) guest_node: Option<String>,
    /// The guest sees them where they are.
    pub(crate) registers: Vec<AddressRange<HostPhys>>,
    pub(crate) interrupts: Vec<BoundInterrupt>,
    /// What else the guest is told of it.
    pub(crate) properties: Vec<DeviceTreeProperty>,
    /// Which lines of the zone's other devices it has.
    pub(crate) references: Vec<Reference>,
    /// The nodes below it.
    pub(crate) parts: Vec<Part>,
    /// What feeds it.
    pub(crate) clocks: Clocks,
    /// What its owner could do to others by it.
    pub(crate) hole: Option<Hole>,
    /// What becomes of it when the zone starts again.
    pub(crate) restart: Restart,
}

/// An interrupt of a device that its owner gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BoundInterrupt {
    /// Its place among those of the device, in the board's device tree.
    pub(crate) place: usize,
    /// The guest's INTID or source. It is the board's unless the zone's own device tree says another.
    pub(crate) number: u32,
    /// The board's.
    pub(crate) physical: u32,
    /// How it is signalled, as [`board::DeviceInterrupt`] has it.
    pub(crate) flags: u32,
}

impl PlannedDevice {
    /// Where the guest sees its registers.
    pub(crate) fn guest_ranges(&self) -> impl Iterator<Item = AddressRange<GuestPhys>> {
        self.registers.iter().filter_map(|range| {
            AddressRange::<GuestPhys>::new(GuestPhys::new(range.start().raw()), range.size())
        })
    }

    /// Whether the hypervisor carries out accesses to some of its registers, where these are all [`regions`] of its
    /// owner's devices.
    pub(crate) fn shares_a_page(&self, regions: &[Region]) -> bool {
        regions
            .iter()
            .filter(|region| region.kind == RegionKind::SharedPage)
            .filter_map(Region::host_range)
            .any(|part| self.registers.iter().any(|range| range.overlaps(part)))
    }

    /// Its interrupts as those of a zone.
    pub(crate) fn bound(&self) -> impl Iterator<Item = Interrupt> {
        /// Flags of an interrupt specifier that mean edges.
        const EDGES: u32 = 3;
        self.interrupts.iter().map(|interrupt| Interrupt {
            virtual_number: interrupt.number,
            physical_number: interrupt.physical,
            trigger: if interrupt.flags & EDGES == 0 { Trigger::Level } else { Trigger::Edge },
        })
    }
}

/// A device as a zone asks for it.
struct Request<'f> {
    zone: &'f str,
    path: String,
    table: &'f DeviceTable,
    node: &'f DeviceTreeNode,
    /// Where zones.toml names it; else where it says that the zone's device tree is matched.
    span: Range<usize>,
    /// The node of the zone's own device tree that is matched to it.
    asked: Option<Asked<'f>>,
}

/// A node of a zone's own device tree as one that asks for a device.
struct Asked<'f> {
    node: &'f GuestNode,
    /// Where zones.toml says that the tree is matched.
    span: Range<usize>,
}

/// The devices that a zone asks for, by its name. What could not be found is `None`.
type Requests<'f> = (&'f str, Vec<Option<Request<'f>>>);

impl Request<'_> {
    /// An error that points at the device, and at what the node that asks for it comes from.
    fn refuse(&self, code: &'static str, message: String, label: impl Into<String>) -> Diagnostic {
        let error = Diagnostic::error(code, message);
        match &self.asked {
            None => error.at(self.span.clone(), label),
            Some(asked) => {
                let guest = format!("the guest's {} is matched to {}", asked.node.path, self.path);
                let error = if self.span == asked.span { error } else { error.at(self.span.clone(), label) };
                error.at(asked.span.clone(), guest)
            }
        }
    }
}

/// The devices of each zone, in the order of `zones`; `trees` are the device trees that zones bring. What is not there,
/// cannot be given, or is another's is left out and reported.
pub(crate) fn plan(
    zones: &[Spanned<Zone>],
    trees: &[Option<Contents>],
    facts: &Facts,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Vec<PlannedDevice>> {
    let has_none = |zone: &Spanned<Zone>| {
        let zone = zone.get_ref();
        zone.devices.is_empty() && zone.match_devices.is_none()
    };
    if zones.iter().all(has_none) {
        return vec![Vec::new(); zones.len()];
    }
    let mut planned: Vec<(&str, Vec<PlannedDevice>)> = Vec::new();
    let neighbours = registers::Neighbours::new(facts);
    let guests = matching::read(zones, trees, facts, diagnostics);
    let wanted = names::resolve(zones, &guests, facts, diagnostics);
    let owners: Vec<_> = wanted
        .iter()
        .flat_map(|(zone, requests)| requests.iter().map(|request| (request.path.clone(), *zone)))
        .collect();
    for (place, (name, requests)) in wanted.iter().enumerate() {
        planned.push((name, Vec::new()));
        for request in requests {
            if let Some(error) = taken(request, &planned) {
                diagnostics.push(error);
                continue;
            }
            match inspect(request, facts, &neighbours, &owners, diagnostics) {
                Ok(device) => {
                    if let Some(Some(guest)) = guests.get(place) {
                        diagnostics.extend(unmatched(&device, name, &guest.span));
                    }
                    diagnostics.extend(interrupts::taken(request, &device, &planned));
                    planned.last_mut().into_iter().for_each(|(_, own)| own.push(device.clone()));
                }
                Err(error) => diagnostics.push(error),
            }
        }
    }
    planned.into_iter().map(|(_, devices)| devices).collect()
}

/// A device that zones.toml names and no node of the zone's device tree asks for. It is given all the same: `devices`
/// says what a zone owns, whatever its guest is told.
fn unmatched(device: &PlannedDevice, zone: &str, matched: &Range<usize>) -> Option<Diagnostic> {
    let PlannedDevice { path, span, guest_node, registers, .. } = device;
    (guest_node.is_none() && !registers.is_empty()).then(|| {
        let message =
            format!("no node of zone {zone}'s device tree is matched to {path}: its guest is not told of it");
        let warning = Diagnostic::warning("device-unmatched", message)
            .at(span.clone(), "given all the same")
            .at(matched.clone(), "this zone's device tree");
        warning.help("add a node with its `compatible` and `reg` to the zone's device tree, or leave it out")
    })
}

/// The zone that has the device already.
fn taken(request: &Request<'_>, planned: &[(&str, Vec<PlannedDevice>)]) -> Option<Diagnostic> {
    let Request { zone, path, span, .. } = request;
    let (first, device) = planned
        .iter()
        .find_map(|(owner, devices)| Some((*owner, devices.iter().find(|device| device.path == *path)?)))?;
    let diagnostic = if first == *zone {
        Diagnostic::error("device-twice", format!("zone {zone} lists {path} twice"))
            .at(device.span.clone(), "here")
            .at(span.clone(), "and here")
    } else {
        Diagnostic::error("device-in-two-zones", format!("{path} is in two zones: {first} and {zone}"))
            .at(device.span.clone(), format!("zone {first} owns it"))
            .at(span.clone(), format!("zone {zone} wants it too"))
    };
    Some(diagnostic.help("a device belongs to one zone alone: take it out of one list"))
}

/// Everything that the board says of a device, or the first reason why it cannot be given.
fn inspect(
    request: &Request<'_>,
    facts: &Facts,
    neighbours: &registers::Neighbours,
    owners: &[(String, &str)],
    warnings: &mut Vec<Diagnostic>,
) -> Result<PlannedDevice, Diagnostic> {
    let path = &request.path;
    let physical = facts.physical(path).ok_or_else(|| {
        request
            .refuse("device-unreadable", format!("{path} lies too deep in the board's device tree"), "here")
            .help("leave it out")
    })?;
    if !physical.is_usable() {
        let message = format!("{path} is disabled in the board's device tree");
        let help = "leave it out: its `status` says that it is not there, or firmware's";
        return Err(request.refuse("device-disabled", message, "disabled").help(help));
    }
    if attached::is(request.node) {
        return attached::inspect(request, facts, owners);
    }
    if request.node.children().next().is_some() {
        let message = format!("{path} has nodes below it, and this version gives devices without");
        let help = "name the devices below it where they have registers of their own";
        return Err(request
            .refuse("device-with-children", message, "a bus, or a device of parts")
            .help(help));
    }
    let resources = Resources::read(request)?;
    let registers = registers::read(request, &physical, &resources, facts, neighbours)?;
    shared::check(request)?;
    let interrupts = interrupts::read(request, &physical, &resources, facts)?;
    if let Some(asked) = &request.asked {
        matching::registers(request, asked, &registers)?;
    }
    let interrupts = matching::bind(request, &interrupts, facts, warnings)?;
    let registers: Vec<_> = registers.into_iter().map(|own| own.item).collect();
    let properties = properties::read(request, &resources, facts, owners)?;
    let references = references::read(request, request.node, facts, owners)?;
    let clocks = clocks::read(request, facts)?;
    let hole = dma::hole(request)?;
    let restart = reset::plan(request.node, &physical, &registers, hole);
    Ok(PlannedDevice {
        path: path.clone(),
        span: request.span.clone(),
        guest_node: request.asked.as_ref().map(|asked| asked.node.path.clone()),
        registers,
        interrupts,
        properties,
        references,
        parts: Vec::new(),
        clocks,
        hole,
        restart,
    })
}

/// Checks that the registers of a zone's devices meet none of its memory, and that devices which reach memory by
/// physical addresses find it there.
pub(crate) fn check_guest_places(
    zone: &str,
    devices: &[PlannedDevice],
    ram: &[Region],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for device in devices {
        let path = &device.path;
        let meets = |range: AddressRange<GuestPhys>| {
            ram.iter().filter_map(Region::guest_range).find(|ram| range.overlaps(*ram))
        };
        if let Some(ram) = device.guest_ranges().find_map(meets) {
            let message = format!("in zone {zone}, the registers of {path} overlap its memory at {ram}");
            let diagnostic =
                Diagnostic::error("guest-overlap", message).at(device.span.clone(), "this device");
            diagnostics.push(diagnostic.help("choose another `ipa`: devices are where the board has them"));
        }
        let moved = ram.iter().find(|region| region.ipa.raw() != region.hpa.raw());
        if let (Some(Hole::Trusted), Some(moved)) = (device.hole, moved) {
            let message = format!(
                "{path} reaches memory by physical addresses, and zone {zone} sees its memory at {} at {}",
                moved.hpa, moved.ipa
            );
            let diagnostic =
                Diagnostic::error("device-dma-moved", message).at(device.span.clone(), "a DMA master");
            diagnostics.push(diagnostic.help("leave `ipa` out: the two addresses are the same then"));
        }
    }
}

/// Whether `compatible` lists one of `names`.
fn is_compatible<N: Node>(node: &N, names: &[&str]) -> bool {
    node.property("compatible").is_some_and(|list| {
        list.value().split(|byte| *byte == 0).any(|entry| names.iter().any(|name| name.as_bytes() == entry))
    })
}
