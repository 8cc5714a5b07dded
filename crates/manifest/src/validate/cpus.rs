//! Each CPU has one owner.

use crate::error::ManifestError;
use crate::name::ZoneName;
use crate::parse::{Arch, Manifest};

/// Aff3 in bits 39:32 and Aff2 to Aff0 in bits 23:0 of MPIDR_EL1 (Arm ARM DDI 0487, D24.2).
const AFFINITY: u64 = 0xff_00ff_ffff;

pub(super) fn check(manifest: &Manifest<'_>) -> Result<(), ManifestError> {
    for (place, (second, hardware_id)) in owned(manifest).enumerate() {
        // A hart id may be any number.
        if manifest.arch() == Arch::Arm64 && hardware_id & !AFFINITY != 0 {
            return Err(ManifestError::HardwareId { zone: second, hardware_id });
        }
        if let Some((first, _)) = owned(manifest).take(place).find(|(_, earlier)| *earlier == hardware_id) {
            return Err(ManifestError::SharedCpu { hardware_id, first, second });
        }
    }
    Ok(())
}

fn owned<'a>(manifest: &Manifest<'a>) -> impl Iterator<Item = (ZoneName, u64)> + use<'a> {
    manifest.zones().flat_map(|zone| {
        let name = zone.owned_name();
        zone.cpus().map(move |hardware_id| (name, hardware_id))
    })
}
