//! Regions are whole pages within reach, or parts of one; in a zone's address space nothing overlaps, and nothing physical has
//! two owners.

use addr::{GuestPhys, HostPhys, PAGE_SIZE, Range};

use crate::ADDRESS_BITS;
use crate::error::ManifestError;
use crate::parse::{Arch, Manifest};
use crate::record::RegionRecord;
use crate::validate::owner;
use crate::zone::{Region, RegionKind, Zone, region};

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
    let page = |address: u64| address & !(PAGE_SIZE - 1);
    let is_placed = if region.kind == RegionKind::SharedPage {
        // A part of a page is as far into it for the guest as it is physically.
        let last = host.end().raw().wrapping_sub(1);
        guest.start().raw().wrapping_sub(host.start().raw()) % PAGE_SIZE == 0
            && page(host.start().raw()) == page(last)
    } else {
        region.ipa.is_aligned(PAGE_SIZE)
            && region.hpa.is_aligned(PAGE_SIZE)
            && HostPhys::new(region.size).is_aligned(PAGE_SIZE)
    };
    is_placed && guest.end().raw() <= limit && host.end().raw() <= limit
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

fn host_ranges_are_disjoint(manifest: &Manifest<'_>) -> Result<(), ManifestError> {
    let owner = |place| owner(manifest, place, |zone| zone.regions);
    let range = |record: &RegionRecord| region(record)?.host_range();
    for (place, record) in manifest.regions.iter().enumerate() {
        let Some(second_range) = range(record) else { continue };
        for (earlier, record) in manifest.regions.iter().take(place).enumerate() {
            if let Some(first_range) = range(record).filter(|first| first.overlaps(second_range)) {
                let (first, second) = (owner(earlier)?, owner(place)?);
                return Err(ManifestError::HostOverlap { first, first_range, second, second_range });
            }
        }
    }
    Ok(())
}
