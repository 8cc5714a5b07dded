//! What is done to a zone's devices before it starts again is done to registers of its own.

use addr::{HostPhys, Range};

use crate::error::ManifestError;
use crate::parse::Manifest;
use crate::zone::{RegionKind, Zone, reset};

pub(super) fn check(manifest: &Manifest<'_>) -> Result<(), ManifestError> {
    for zone in manifest.zones() {
        for record in zone.reset_records() {
            let code = record.action.get();
            let step = reset(record);
            let step = step.ok_or(ManifestError::Code { zone: zone.owned_name(), what: "reset", code })?;
            let register = step.register();
            if !register.is_some_and(|register| is_its_own(&zone, register, step.hpa)) {
                return Err(ManifestError::Reset { zone: zone.owned_name(), register: step.hpa });
            }
        }
    }
    Ok(())
}

/// Whether a register lies whole in one of the zone's devices, and aligned.
fn is_its_own(zone: &Zone<'_>, register: Range<HostPhys>, at: HostPhys) -> bool {
    at.is_aligned(register.size())
        && zone
            .regions()
            .filter(|region| region.kind != RegionKind::Ram)
            .filter_map(|region| region.host_range())
            .any(|device| device.contains_range(register))
}
