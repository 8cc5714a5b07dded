//! Interrupt numbers are within range; a virtual one has one source, a physical one one owner.

use crate::error::ManifestError;
use crate::parse::Manifest;
use crate::record::{TRIGGER_EDGE, TRIGGER_LEVEL};
use crate::zone::Zone;
use crate::{MAX_SPIS, ZoneName};

/// The first shared peripheral interrupt (GIC specification IHI 0069, 2.2.1).
const FIRST_SPI: u32 = 32;
/// One past the last.
const END_OF_SPIS: u32 = 1020;

/// A set of interrupt numbers below 1024.
struct Set([u32; 32]);

impl Set {
    /// Adds a number; false where it was there already or is too large.
    fn insert(&mut self, intid: u32) -> bool {
        let bit = 1 << (intid % 32);
        let word = usize::try_from(intid / 32).ok().and_then(|index| self.0.get_mut(index));
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
        let end = end_of_virtual_spis(&zone)?;
        let mut of_zone = Set([0; 32]);
        if let Some(uart) = zone.uart() {
            in_range(name, "virtual", uart.intid, end)?;
            of_zone.insert(uart.intid);
        }
        for record in zone.interrupt_records() {
            let code = record.trigger.get();
            if code != TRIGGER_LEVEL && code != TRIGGER_EDGE {
                return Err(ManifestError::Code { zone: name, what: "interrupt trigger", code });
            }
            let (intid, physical_intid) = (record.virtual_intid.get(), record.physical_intid.get());
            in_range(name, "virtual", intid, end)?;
            in_range(name, "physical", physical_intid, END_OF_SPIS)?;
            if !of_zone.insert(intid) {
                return Err(ManifestError::SharedVirtualInterrupt { zone: name, intid });
            }
            if !physical.insert(physical_intid) {
                let first = first_owner(manifest, physical_intid).unwrap_or(name);
                return Err(ManifestError::SharedPhysicalInterrupt {
                    intid: physical_intid,
                    first,
                    second: name,
                });
            }
        }
    }
    Ok(())
}

fn end_of_virtual_spis(zone: &Zone<'_>) -> Result<u32, ManifestError> {
    let count = zone.spi_count();
    let possible = count.is_multiple_of(32) && count <= MAX_SPIS;
    let end = count.checked_add(FIRST_SPI).filter(|_| possible);
    end.ok_or(ManifestError::SpiCount { zone: zone.owned_name(), count })
}

fn in_range(zone: ZoneName, what: &'static str, intid: u32, end: u32) -> Result<(), ManifestError> {
    if (FIRST_SPI..end).contains(&intid) { Ok(()) } else { Err(ManifestError::Intid { zone, what, intid }) }
}

fn first_owner(manifest: &Manifest<'_>, physical_intid: u32) -> Option<ZoneName> {
    let owns =
        |zone: &Zone<'_>| zone.interrupts().any(|interrupt| interrupt.physical_intid == physical_intid);
    manifest.zones().find(owns).map(|zone| zone.owned_name())
}
