//! Interrupt numbers are within range; a virtual one has one source, a physical one one owner.

use core::ops::Range;

use crate::error::ManifestError;
use crate::parse::Manifest;
use crate::record::{InterruptRecord, TRIGGER_EDGE, TRIGGER_LEVEL};
use crate::validate::owner;
use crate::zone::{Aia, Controller, Plic, Zone};
use crate::{MAX_CHANNELS_OF_ZONE, MAX_SOURCES, MAX_SPIS, ZoneName};

/// The first shared peripheral interrupt (GIC specification IHI 0069, 2.2.1).
const FIRST_SPI: u32 = 32;
/// One past the last.
const END_OF_SPIS: u32 = 1020;
/// Source 0 means none (AIA 1.0, 4.5; PLIC 1.0, 1).
const FIRST_SOURCE: u32 = 1;

/// A set of interrupt numbers below 1024.
struct Set([u32; 32]);

impl Set {
    /// Adds a number; false where it was there already or is too large.
    fn insert(&mut self, number: u32) -> bool {
        self.set(number, true)
    }

    /// Takes a number out; false where it was not there.
    fn remove(&mut self, number: u32) -> bool {
        self.set(number, false)
    }

    /// Whether that changes anything.
    fn set(&mut self, number: u32, present: bool) -> bool {
        let bit = 1 << (number % 32);
        let word = usize::try_from(number / 32).ok().and_then(|index| self.0.get_mut(index));
        word.is_some_and(|word| {
            let changes = (*word & bit == 0) == present;
            if changes {
                *word ^= bit;
            }
            changes
        })
    }
}

pub(super) fn check(manifest: &Manifest<'_>) -> Result<(), ManifestError> {
    let mut physical = Set([0; 32]);
    for zone in manifest.zones() {
        let name = zone.owned_name();
        let Numbers { of_guest, of_board } = numbers(&zone)?;
        let mut of_zone = Set([0; 32]);
        let is_direct = zone.is_direct();
        if let Some(uart) = zone.uart() {
            in_range(name, "virtual", uart.interrupt, &of_guest)?;
            if is_direct {
                let owned = zone.interrupts().any(|interrupt| interrupt.physical_number == uart.interrupt);
                if !owned {
                    return Err(ManifestError::NotOwned { zone: name, number: uart.interrupt });
                }
            } else {
                of_zone.insert(uart.interrupt);
            }
        }
        for record in zone.interrupt_records() {
            let code = record.trigger.get();
            if code != TRIGGER_LEVEL && code != TRIGGER_EDGE {
                return Err(ManifestError::Code { zone: name, what: "interrupt trigger", code });
            }
            let (number, physical_number) = (record.virtual_number.get(), record.physical_number.get());
            in_range(name, "virtual", number, &of_guest)?;
            in_range(name, "physical", physical_number, &of_board)?;
            if is_direct && number != physical_number {
                return Err(ManifestError::Renumbered { zone: name, number, physical_number });
            }
            if !of_zone.insert(number) {
                return Err(ManifestError::SharedVirtualInterrupt { zone: name, number });
            }
            if !physical.insert(physical_number) {
                let mut all = manifest.interrupts.iter();
                let place = all.position(|other| other.physical_number.get() == physical_number);
                let first = place.map_or(Ok(name), |place| owner(manifest, place, |zone| zone.interrupts))?;
                return Err(ManifestError::SharedPhysicalInterrupt {
                    number: physical_number,
                    first,
                    second: name,
                });
            }
        }
        doorbells(&zone, &of_guest, &mut of_zone)?;
    }
    Ok(())
}

/// What rings a zone in its channels is used for nothing else. `of_zone` are the numbers that it has.
#[inline(never)]
fn doorbells(zone: &Zone<'_>, of_guest: &Range<u32>, of_zone: &mut Set) -> Result<(), ManifestError> {
    let is_emulated = matches!(zone.controller(), Controller::Plic(_));
    if let Some(uart) = zone.uart().filter(|_| zone.is_direct()) {
        of_zone.remove(uart.interrupt);
    }
    for (place, (channel, peer)) in zone.channels().enumerate() {
        let number = peer.interrupt;
        let is_line = |record: &InterruptRecord| {
            let numbers = [record.virtual_number.get(), record.physical_number.get()];
            numbers == [number; 2] && record.trigger.get() == TRIGGER_EDGE
        };
        let is_its_own = match peer.physical_interrupt {
            // At a PLIC nothing can be made pending by software.
            None => is_emulated && of_guest.contains(&number) && of_zone.insert(number),
            Some(physical) => {
                !is_emulated
                    && physical == number
                    && zone.interrupt_records().iter().any(is_line)
                    && of_zone.remove(number)
            }
        };
        let what = if place >= MAX_CHANNELS_OF_ZONE {
            "a peer is in more than 8 channels"
        } else if !is_its_own {
            "a peer's interrupt is no edge of its zone's, or not for it alone"
        } else {
            continue;
        };
        return Err(ManifestError::Channel { channel: channel.index(), what });
    }
    Ok(())
}

/// The numbers that interrupts can have.
struct Numbers {
    of_guest: Range<u32>,
    of_board: Range<u32>,
}

fn numbers(zone: &Zone<'_>) -> Result<Numbers, ManifestError> {
    match zone.controller() {
        Controller::Gic(gic) => {
            let count = gic.spi_count;
            let possible = count.is_multiple_of(32) && count <= MAX_SPIS;
            let end = count.checked_add(FIRST_SPI).filter(|_| possible);
            let end = end.ok_or(ManifestError::SpiCount { zone: zone.owned_name(), count })?;
            Ok(Numbers { of_guest: FIRST_SPI..end, of_board: FIRST_SPI..END_OF_SPIS })
        }
        Controller::Aia(Aia { sources: count, .. }) | Controller::Plic(Plic { sources: count, .. }) => {
            let possible = (FIRST_SOURCE..=MAX_SOURCES).contains(&count);
            let end = count.checked_add(1).filter(|_| possible);
            let end = end.ok_or(ManifestError::SourceCount { zone: zone.owned_name(), count })?;
            Ok(Numbers { of_guest: FIRST_SOURCE..end, of_board: FIRST_SOURCE..MAX_SOURCES.saturating_add(1) })
        }
    }
}

fn in_range(
    zone: ZoneName,
    what: &'static str,
    number: u32,
    numbers: &Range<u32>,
) -> Result<(), ManifestError> {
    if numbers.contains(&number) {
        Ok(())
    } else {
        Err(ManifestError::InterruptNumber { zone, what, number })
    }
}
