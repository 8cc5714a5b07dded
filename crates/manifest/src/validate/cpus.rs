//! Each CPU has one owner.

use crate::error::ManifestError;
use crate::parse::Manifest;

/// Aff3 in bits 39:32 and Aff2 to Aff0 in bits 23:0 of MPIDR_EL1 (Arm ARM DDI 0487, D24.2).
const AFFINITY: u64 = 0xff_00ff_ffff;

pub(super) fn check(manifest: &Manifest<'_>) -> Result<(), ManifestError> {
    for (place, (second, affinity)) in owned(manifest).enumerate() {
        if affinity & !AFFINITY != 0 {
            return Err(ManifestError::Affinity { zone: second.owned_name(), affinity });
        }
        if let Some((first, _)) = owned(manifest).take(place).find(|(_, earlier)| *earlier == affinity) {
            return Err(ManifestError::SharedCpu {
                affinity,
                first: first.owned_name(),
                second: second.owned_name(),
            });
        }
    }
    Ok(())
}

fn owned<'a>(manifest: &Manifest<'a>) -> impl Iterator<Item = (crate::Zone<'a>, u64)> + use<'a> {
    manifest.zones().flat_map(|zone| zone.cpus().map(move |affinity| (zone, affinity)))
}
