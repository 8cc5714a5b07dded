//! Which of a device's registers and interrupts the zone gets: all, or those that zones.toml names by their places,
//! `reg0` to `reg9`, `regA` to `regZ`, and the same with `irq`.

use std::ops::Range;

use addr::{HostPhys, Range as AddressRange};
use board::DeviceInterrupt;

use super::Request;
use crate::diagnostic::Diagnostic;

/// One of a device's registers or interrupts with its place in the device tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<T> {
    pub(super) place: usize,
    pub(super) item: T,
}

/// The name of the registers at a place.
pub(super) fn reg(place: usize) -> String {
    name("reg", place)
}

/// The name of the interrupt at a place.
pub(super) fn irq(place: usize) -> String {
    name("irq", place)
}

/// A device has fewer places than there are digits.
fn name(kind: &str, place: usize) -> String {
    let digit = u32::try_from(place).ok().and_then(|place| char::from_digit(place, 36));
    format!("{kind}{}", digit.unwrap_or('?').to_ascii_uppercase())
}

/// The places of what is given; `None` where that is everything.
#[derive(Debug)]
pub(super) struct Resources(Option<Vec<Resource>>);

#[derive(Clone, Debug)]
struct Resource {
    is_interrupt: bool,
    place: usize,
    name: String,
    span: Range<usize>,
}

impl Resources {
    /// Reads the names.
    pub(super) fn read(request: &Request<'_>) -> Result<Self, Diagnostic> {
        let Some(names) = &request.table.resources else { return Ok(Self(None)) };
        let mut resources: Vec<Resource> = Vec::new();
        for name in names {
            let text = name.get_ref().as_str();
            let Some((is_interrupt, place)) = parse(text) else {
                let message = format!("{text:?} is no name of a resource of {}", request.path);
                let help = "name registers reg0 to reg9 and regA to regZ, interrupts irq0 to irq9 and irqA to irqZ, by their places in the board's device tree";
                return Err(Diagnostic::error("resource-name", message)
                    .at(name.span(), "this name")
                    .help(help));
            };
            if let Some(first) = resources.iter().find(|known| known.name == text) {
                let message = format!("{text} of {} is listed twice", request.path);
                let twice = Diagnostic::error("resource-twice", message);
                let twice = twice.at(first.span.clone(), "here").at(name.span(), "and here");
                return Err(twice.help("take one out"));
            }
            resources.push(Resource { is_interrupt, place, name: text.to_owned(), span: name.span() });
        }
        // The order of the board's device tree is that of the guest's.
        resources.sort_by_key(|resource| (resource.is_interrupt, resource.place));
        Ok(Self(Some(resources)))
    }

    /// Whether something of the device is left out, so that lists of names beside them are wrong.
    pub(super) fn are_chosen(&self) -> bool {
        self.0.is_some()
    }

    /// Those of the device's registers that are given.
    pub(super) fn registers(
        &self,
        request: &Request<'_>,
        all: Vec<AddressRange<HostPhys>>,
    ) -> Result<Vec<Placed<AddressRange<HostPhys>>>, Diagnostic> {
        self.pick(request, false, all, "ranges of registers")
    }

    /// Those of the device's interrupts that are given.
    pub(super) fn interrupts(
        &self,
        request: &Request<'_>,
        all: Vec<DeviceInterrupt>,
    ) -> Result<Vec<Placed<DeviceInterrupt>>, Diagnostic> {
        self.pick(request, true, all, "interrupts")
    }

    fn pick<T: Copy>(
        &self,
        request: &Request<'_>,
        are_interrupts: bool,
        all: Vec<T>,
        what: &str,
    ) -> Result<Vec<Placed<T>>, Diagnostic> {
        let Some(resources) = &self.0 else {
            return Ok(all.into_iter().enumerate().map(|(place, item)| Placed { place, item }).collect());
        };
        let wanted = resources.iter().filter(|resource| resource.is_interrupt == are_interrupts);
        let pick = |resource: &Resource| {
            let place = resource.place;
            all.get(place).map(|item| Placed { place, item: *item }).ok_or_else(|| {
                let message =
                    format!("{} is out of range: {} has {} {what}", resource.name, request.path, all.len());
                let error = Diagnostic::error("resource-range", message);
                error.at(resource.span.clone(), "there is none").help("places count from 0")
            })
        };
        wanted.map(pick).collect()
    }
}

/// Whether a name is that of an interrupt, and its place.
fn parse(name: &str) -> Option<(bool, usize)> {
    let (kind, place) = name.split_at_checked(3)?;
    let is_interrupt = match kind {
        "reg" => false,
        "irq" => true,
        _ => return None,
    };
    let place = match place.as_bytes() {
        [digit @ b'0'..=b'9'] => digit - b'0',
        [letter @ b'A'..=b'Z'] => letter - b'A' + 10,
        _ => return None,
    };
    Some((is_interrupt, place.into()))
}
