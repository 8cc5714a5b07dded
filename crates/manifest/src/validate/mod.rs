//! What must hold of a manifest whatever the machine: nothing has two owners, and everything is where it can
//! be.

mod channels;
mod cpus;
mod devices;
mod interrupts;
mod loads;
mod memory;
mod resets;

use crate::error::ManifestError;
use crate::name::ZoneName;
use crate::parse::Manifest;
use crate::record::{Span, ZoneRecord};
use crate::zone::Zone;

/// Checks all of `manifest`, whose header and tables take `manifest_size` bytes.
pub(crate) fn validate(manifest: &Manifest<'_>, manifest_size: u64) -> Result<(), ManifestError> {
    if manifest.zone_count() == 0 {
        return Err(ManifestError::NoZones);
    }
    tables_are_dealt_out_in_order(manifest)?;
    names_differ(manifest)?;
    cpus::check(manifest)?;
    devices::check(manifest)?;
    channels::check(manifest)?;
    memory::check(manifest)?;
    resets::check(manifest)?;
    loads::check(manifest, manifest_size)?;
    interrupts::check(manifest)
}

/// Picks a zone's part of one table.
type PartOf = fn(&ZoneRecord) -> Span;

fn tables_are_dealt_out_in_order(manifest: &Manifest<'_>) -> Result<(), ManifestError> {
    let each: [(usize, PartOf); 5] = [
        (manifest.cpus.len(), |zone| zone.cpus),
        (manifest.regions.len(), |zone| zone.regions),
        (manifest.interrupts.len(), |zone| zone.interrupts),
        (manifest.resets.len(), |zone| zone.resets),
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
    let mut zones = manifest.zone_records.iter();
    while let Some(zone) = zones.next() {
        // What is behind a name in its field is zero.
        if let Some(other) = zones.clone().find(|other| other.name == zone.name) {
            let name = ZoneName::in_field(&other.name).and_then(ZoneName::new);
            return Err(name.map_or(ManifestError::Tables, ManifestError::DuplicateName));
        }
    }
    Ok(())
}

/// Whose an entry of a table is, once the tables are known to be dealt out in order.
#[inline(never)]
fn owner(manifest: &Manifest<'_>, place: usize, span: PartOf) -> Result<ZoneName, ManifestError> {
    let ends_behind = |zone: &Zone<'_>| {
        let Span { first, count } = span(zone.record());
        place < (first.get() as usize).saturating_add(count.get() as usize)
    };
    let zone = manifest.zones().find(ends_behind);
    zone.map(|zone| zone.owned_name()).ok_or(ManifestError::Tables)
}
