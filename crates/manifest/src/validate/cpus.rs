//! Each CPU has one owner.

use crate::error::ManifestError;
use crate::parse::{Arch, Manifest};
use crate::validate::owner;

/// Aff3 in bits 39:32 and Aff2 to Aff0 in bits 23:0 of MPIDR_EL1 (Arm ARM DDI 0487, D24.2).
const AFFINITY: u64 = 0xff_00ff_ffff;

pub(super) fn check(manifest: &Manifest<'_>) -> Result<(), ManifestError> {
    let owner = |place| owner(manifest, place, |zone| zone.cpus);
    for (place, hardware_id) in manifest.cpus.iter().enumerate() {
        let hardware_id = hardware_id.get();
        // A hart id may be any number.
        if manifest.arch() == Arch::Arm64 && hardware_id & !AFFINITY != 0 {
            return Err(ManifestError::HardwareId { zone: owner(place)?, hardware_id });
        }
        let mut earlier = manifest.cpus.iter().take(place);
        if let Some(first) = earlier.position(|earlier| earlier.get() == hardware_id) {
            let (first, second) = (owner(first)?, owner(place)?);
            return Err(ManifestError::SharedCpu { hardware_id, first, second });
        }
    }
    Ok(())
}
