//! Regions are whole pages within reach; in a zone's address space nothing overlaps, and no physical page has
//! two owners.

use addr::{GuestPhys, HostPhys, PAGE_SIZE, Range};

use crate::ADDRESS_BITS;
use crate::channel::Channel;
use crate::error::{ManifestError, Owner};
use crate::parse::{Arch, Manifest};
use crate::validate::owner;
use crate::zone::{Region, Zone, region};

pub(super) fn check(manifest: &Manifest<'_>) -> Result<(), ManifestError> {
    for zone in manifest.zones() {
        let name = zone.owned_name();
        for record in zone.region_records() {
            let code = record.kind.get();
            let found =
                region(record).ok_or(ManifestError::Code { zone: name, what: "region kind", code })?;
            if !is_sound(&found) {
                let Region { ipa, hpa, size, .. } = found;
                return Err(ManifestError::Region { zone: name, ipa, hpa, size });
            }
            if record.reserved.get() != 0 {
                return Err(ManifestError::Unknown("a reserved field"));
            }
        }
        guest_ranges_are_disjoint(&zone)?;
        entry_is_in_ram(&zone, manifest.arch())?;
    }
    host_ranges_are_disjoint(manifest)
}

fn is_sound(region: &Region) -> bool {
    let limit = 1 << ADDRESS_BITS;
    let (Some(guest), Some(host)) = (region.guest_range(), region.host_range()) else { return false };
    region.ipa.is_aligned(PAGE_SIZE)
        && region.hpa.is_aligned(PAGE_SIZE)
        && HostPhys::new(region.size).is_aligned(PAGE_SIZE)
        && guest.end().raw() <= limit
        && host.end().raw() <= limit
}

fn guest_ranges_are_disjoint(zone: &Zone<'_>) -> Result<(), ManifestError> {
    let mut place = 0usize;
    while let Some((second_range, second)) = zone.occupant(place) {
        let mut earlier = (0..place).filter_map(|place| zone.occupant(place));
        if let Some((first_range, first)) = earlier.find(|(range, _)| range.overlaps(second_range)) {
            let zone = zone.owned_name();
            return Err(ManifestError::GuestOverlap { zone, first, first_range, second, second_range });
        }
        place = place.saturating_add(1);
    }
    Ok(())
}

fn entry_is_in_ram(zone: &Zone<'_>, arch: Arch) -> Result<(), ManifestError> {
    let entry = zone.entry();
    let alignment = match arch {
        // An A64 instruction is four bytes at a multiple of four (Arm ARM DDI 0487, C1.1).
        Arch::Arm64 => 4,
        // With the C extension, which every hart that runs zones has, at a multiple of two (unprivileged
        // specification, 1.5).
        Arch::Riscv64 => 2,
    };
    let instruction = Range::<GuestPhys>::new(entry, alignment);
    if entry.is_aligned(alignment) && instruction.is_some_and(|range| zone.is_ram(range)) {
        Ok(())
    } else {
        Err(ManifestError::Entry { zone: zone.owned_name(), entry })
    }
}

/// Takes the regions of all zones and then the memory of all channels by their number from 0.
fn host_ranges_are_disjoint(manifest: &Manifest<'_>) -> Result<(), ManifestError> {
    let mut place = 0usize;
    while let Some(second_range) = host_range(manifest, place) {
        let overlaps = |earlier: &usize| {
            host_range(manifest, *earlier).is_some_and(|range| range.overlaps(second_range))
        };
        if let Some(earlier) = (0..place).find(overlaps) {
            let first_range = host_range(manifest, earlier).ok_or(ManifestError::Tables)?;
            let (first, second) = (memory_owner(manifest, earlier)?, memory_owner(manifest, place)?);
            return Err(ManifestError::HostOverlap { first, first_range, second, second_range });
        }
        place = place.saturating_add(1);
    }
    Ok(())
}

#[inline(never)]
fn host_range(manifest: &Manifest<'_>, place: usize) -> Option<Range<HostPhys>> {
    match manifest.regions.get(place) {
        Some(record) => region(record)?.host_range(),
        None => Some(channel(manifest, place)?.memory()),
    }
}

fn memory_owner(manifest: &Manifest<'_>, place: usize) -> Result<Owner, ManifestError> {
    match channel(manifest, place) {
        Some(channel) => Ok(Owner::Channel(channel.name())),
        None => owner(manifest, place, |zone| zone.regions).map(Owner::Zone),
    }
}

fn channel<'a>(manifest: &Manifest<'a>, place: usize) -> Option<Channel<'a>> {
    manifest.channels().nth(place.checked_sub(manifest.regions.len())?)
}
