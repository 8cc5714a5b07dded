//! Interrupt numbers are within range; a virtual one has one source, a physical one one owner.

use core::ops::Range;

use crate::error::ManifestError;
use crate::parse::Manifest;
use crate::record::{TRIGGER_EDGE, TRIGGER_LEVEL};
use crate::validate::owner;
use crate::zone::{Aia, Controller, Interrupt, Plic, Trigger, Zone};
use crate::{MAX_SOURCES, MAX_SPIS, ZoneName};

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
        let bit = 1 << (number % 32);
        let word = usize::try_from(number / 32).ok().and_then(|index| self.0.get_mut(index));
        word.is_some_and(|word| {
            let new = *word & bit == 0;
            *word |= bit;
            new
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

/// An interrupt of a channel is used for nothing else. `of_zone` are the numbers that are used already.
fn doorbells(zone: &Zone<'_>, of_guest: &Range<u32>, of_zone: &mut Set) -> Result<(), ManifestError> {
    let zone_name = zone.owned_name();
    let mut owned = Set([0; 32]);
    if let Some(uart) = zone.uart() {
        owned.insert(uart.interrupt);
    }
    let is_emulated = matches!(zone.controller(), Controller::Plic(_));
    for (channel, peer) in zone.channels() {
        let number = peer.interrupt;
        in_range(zone_name, "virtual", number, of_guest)?;
        let line = Interrupt { virtual_number: number, physical_number: number, trigger: Trigger::Edge };
        let is_right = match peer.physical_interrupt {
            None => is_emulated,
            Some(physical) => {
                !is_emulated && physical == number && zone.interrupts().any(|owned| owned == line)
            }
        };
        if !is_right {
            return Err(ManifestError::Doorbell { channel: channel.name(), zone: zone_name, number });
        }
        let used = if is_emulated { &mut *of_zone } else { &mut owned };
        if !used.insert(number) {
            return Err(ManifestError::SharedVirtualInterrupt { zone: zone_name, number });
        }
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
