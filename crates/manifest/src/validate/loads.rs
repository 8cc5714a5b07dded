//! Every load comes out of the bundle, past the manifest, and goes into RAM of its zone, over nothing else.

use addr::{GuestPhys, Range};

use crate::error::ManifestError;
use crate::parse::Manifest;
use crate::zone::{Zone, load};

pub(super) fn check(manifest: &Manifest<'_>, manifest_size: u64) -> Result<(), ManifestError> {
    for zone in manifest.zones() {
        for (index, record) in zone.load_records().iter().enumerate() {
            let source = ManifestError::LoadSource { zone: zone.owned_name(), index };
            if record.offset.get() < manifest_size {
                return Err(source);
            }
            let found = load(manifest.bundle, record).ok_or(source)?;
            let (ipa, size) = (found.ipa, record.size.get());
            let outside = ManifestError::LoadTarget { zone: zone.owned_name(), ipa, size };
            let target = Range::<GuestPhys>::new(ipa, size).ok_or(outside)?;
            if !zone.is_ram(target) {
                return Err(outside);
            }
            if let Some(first) = targets(&zone).take(index).find(|earlier| earlier.overlaps(target)) {
                return Err(ManifestError::LoadOverlap { zone: zone.owned_name(), first, second: target });
            }
        }
    }
    Ok(())
}

fn targets<'a>(zone: &Zone<'a>) -> impl Iterator<Item = Range<GuestPhys>> + use<'a> {
    zone.load_records()
        .iter()
        .filter_map(|record| Range::<GuestPhys>::new(GuestPhys::new(record.ipa.get()), record.size.get()))
}
