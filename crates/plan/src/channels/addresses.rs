//! Where a zone sees its channels: outside of its memory, its devices and what is emulated for it.

use addr::{GuestPhys, HostPhys, PAGE_SIZE, Range as AddressRange};
use manifest::{ADDRESS_BITS, Region};
use toml::Spanned;

use super::wanted::WantedPeer;
use crate::devices::PlannedDevice;
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;
use crate::memory::BLOCK;

/// A zone's end of a channel that needs a place.
pub(super) struct Request<'w> {
    pub(super) channel: &'w str,
    pub(super) memory: AddressRange<HostPhys>,
    pub(super) peer: &'w WantedPeer<'w>,
}

/// Where a zone sees a channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) control: AddressRange<GuestPhys>,
    pub(super) shared: AddressRange<GuestPhys>,
}

const SHARED: &str = "the shared memory";
const CONTROL: &str = "the control table";

/// What a zone's guest-physical address space holds.
pub(super) struct Taken(Vec<(AddressRange<GuestPhys>, String)>);

impl Taken {
    /// With everything but channels.
    pub(super) fn new(regions: &[Region], devices: &[PlannedDevice], facts: &Facts) -> Self {
        let ram =
            regions.iter().filter_map(Region::guest_range).map(|range| (range, "its memory".to_owned()));
        let registers =
            devices.iter().flat_map(|device| device.guest_ranges().map(|range| (range, device.path.clone())));
        let frame = |frame: AddressRange<HostPhys>, what: &str| {
            let size = frame.size().checked_next_multiple_of(PAGE_SIZE)?;
            Some((range(frame.start().raw(), size)?, what.to_owned()))
        };
        let uart = frame(facts.board.uart.frame, "the virtual UART");
        let controller = facts.board.interrupt_controller.frames();
        let controller = controller.filter_map(|range| frame(range, "the virtual interrupt controller"));
        Self(ram.chain(registers).chain(uart).chain(controller).collect())
    }

    /// The place of each request; `None` where one could not be had, which is reported.
    pub(super) fn find(
        mut self,
        requests: &[Request<'_>],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Option<Place>> {
        // What zones.toml fixes comes first, so that nothing that is chosen is in its way.
        let mut fixed = Vec::new();
        for request in requests {
            let (peer, size) = (request.peer, request.memory.size());
            let shared = self.fixed(request, peer.shared, size, SHARED, diagnostics);
            fixed.push((shared, self.fixed(request, peer.control, PAGE_SIZE, CONTROL, diagnostics)));
        }
        let mut shared = Vec::new();
        for (request, (fixed, _)) in requests.iter().zip(&fixed) {
            let size = request.memory.size();
            let align = if size < BLOCK { PAGE_SIZE } else { BLOCK };
            // Where it is physically, if that is free.
            let from = request.memory.start().raw();
            shared.push(fixed.or_else(|| self.choose(request, from, (size, align), SHARED, diagnostics)));
        }
        let mut places = Vec::new();
        for ((request, (_, fixed)), shared) in requests.iter().zip(&fixed).zip(shared) {
            let from = shared.map_or(0, |shared| shared.end().raw());
            let size = (PAGE_SIZE, PAGE_SIZE);
            let control = fixed.or_else(|| self.choose(request, from, size, CONTROL, diagnostics));
            places.push(control.zip(shared).map(|(control, shared)| Place { control, shared }));
        }
        places
    }

    /// Takes a place that zones.toml gives; one that cannot be had is reported.
    fn fixed(
        &mut self,
        request: &Request<'_>,
        written: Option<&Spanned<u64>>,
        size: u64,
        what: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<AddressRange<GuestPhys>> {
        let (at, zone, channel) = (*written?.get_ref(), request.peer.zone_name, request.channel);
        let mut refuse = |code, message, label, help| {
            let diagnostic = Diagnostic::error(code, message).at(written?.span(), label);
            diagnostics.push(diagnostic.help(help));
            None
        };
        let whole_pages = at.is_multiple_of(PAGE_SIZE);
        let Some(place) = range(at, size).filter(|_| whole_pages) else {
            let message = format!("{what} of channel {channel} cannot be at {at:#x} in zone {zone}");
            let help =
                format!("use a multiple of 4 KiB from which {size:#x} bytes end within {ADDRESS_BITS} bits");
            return refuse("channel-address", message, "this address", help);
        };
        if let Some((other, whose)) = self.0.iter().find(|(other, _)| other.overlaps(place)) {
            let message =
                format!("in zone {zone}, {what} of channel {channel} at {place} overlaps {whose} at {other}");
            let help = format!("use {} or above, or leave it out", other.end());
            return refuse("guest-overlap", message, "this address", help);
        }
        self.0.push((place, format!("{what} of channel {channel}")));
        Some(place)
    }

    /// Takes the first free place at `from` or above, else the first of all.
    fn choose(
        &mut self,
        request: &Request<'_>,
        from: u64,
        (size, align): (u64, u64),
        what: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<AddressRange<GuestPhys>> {
        let (zone, channel) = (request.peer.zone_name, request.channel);
        let Some(place) = self.lowest(from, size, align).or_else(|| self.lowest(BLOCK, size, align)) else {
            let message = format!("zone {zone} has no room for {what} of channel {channel}");
            let diagnostic = Diagnostic::error("channel-address", message);
            let help = "leave more of its guest-physical addresses free";
            diagnostics.push(diagnostic.at(request.peer.span.clone(), "this zone").help(help));
            return None;
        };
        self.0.push((place, format!("{what} of channel {channel}")));
        Some(place)
    }

    fn lowest(&self, from: u64, size: u64, align: u64) -> Option<AddressRange<GuestPhys>> {
        let mut start = from;
        loop {
            let place = range(start.checked_next_multiple_of(align)?, size)?;
            let overlapping = self.0.iter().filter(|(other, _)| other.overlaps(place));
            match overlapping.map(|(other, _)| other.end().raw()).max() {
                Some(end) => start = end,
                None => return Some(place),
            }
        }
    }
}

/// A range within reach.
fn range(start: u64, size: u64) -> Option<AddressRange<GuestPhys>> {
    AddressRange::<GuestPhys>::new(GuestPhys::new(start), size)
        .filter(|range| range.end().raw() <= 1 << ADDRESS_BITS)
}
