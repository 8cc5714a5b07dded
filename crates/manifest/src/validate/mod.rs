//! What must hold of a manifest whatever the machine: nothing has two owners, and everything is where it can
//! be.

mod cpus;
mod devices;
mod interrupts;
mod loads;
mod memory;

use crate::error::ManifestError;
use crate::parse::Manifest;
use crate::record::{Span, ZoneRecord};

/// Checks all of `manifest`, whose header and tables take `manifest_size` bytes.
pub(crate) fn validate(manifest: &Manifest<'_>, manifest_size: u64) -> Result<(), ManifestError> {
    if manifest.zone_count() == 0 {
        return Err(ManifestError::NoZones);
    }
    tables_are_dealt_out_in_order(manifest)?;
    names_differ(manifest)?;
    cpus::check(manifest)?;
    devices::check(manifest)?;
    memory::check(manifest)?;
    loads::check(manifest, manifest_size)?;
    interrupts::check(manifest)
}

/// Picks a zone's part of one table.
type PartOf = fn(&ZoneRecord) -> Span;

fn tables_are_dealt_out_in_order(manifest: &Manifest<'_>) -> Result<(), ManifestError> {
    let each: [(usize, PartOf); 4] = [
        (manifest.cpus.len(), |zone| zone.cpus),
        (manifest.regions.len(), |zone| zone.regions),
        (manifest.interrupts.len(), |zone| zone.interrupts),
        (manifest.loads.len(), |zone| zone.loads),
    ];
    for (length, span) in each {
        let mut next: u32 = 0;
        let mut zones = manifest.read_zones();
        while let Some(zone) = zones.read() {
            let span = span(zone?.record());
            if span.first.get() != next {
                return Err(ManifestError::Tables);
            }
            next = next.checked_add(span.count.get()).ok_or(ManifestError::Tables)?;
        }
        if usize::try_from(next) != Ok(length) {
            return Err(ManifestError::Tables);
        }
    }
    Ok(())
}

fn names_differ(manifest: &Manifest<'_>) -> Result<(), ManifestError> {
    for zone in manifest.zones() {
        let same = |other: &crate::Zone<'_>| other.index() < zone.index() && other.name() == zone.name();
        if manifest.zones().any(|other| same(&other)) {
            return Err(ManifestError::DuplicateName(zone.owned_name()));
        }
    }
    Ok(())
}
