//! What the parser promises of everything that it accepts.

use manifest::{Manifest, RegionKind};

use crate::support::read_all;

/// What the parser promises of everything that it accepts.
pub(crate) fn keeps_its_promises(manifest: &Manifest<'_>) {
    let zones: Vec<_> = manifest.zones().collect();
    assert_eq!(zones.len(), manifest.zone_count());
    let cpus: Vec<_> = zones.iter().flat_map(|zone| zone.cpus()).collect();
    let memory: Vec<_> =
        zones.iter().flat_map(|zone| zone.regions()).filter_map(|region| region.host_range()).collect();
    for (place, cpu) in cpus.iter().enumerate() {
        assert!(!cpus[..place].contains(cpu));
    }
    for (place, range) in memory.iter().enumerate() {
        assert!(memory[..place].iter().all(|other| !other.overlaps(*range)));
    }
    for zone in zones {
        assert!(zone.vcpu_count() > 0);
        for load in zone.loads() {
            let holds = |region: manifest::Region| {
                region.kind == RegionKind::Ram
                    && load.ipa >= region.ipa
                    && load.ipa.raw() + load.data.len() as u64 <= region.ipa.raw() + region.size
            };
            assert!(zone.regions().any(holds));
        }
    }
}

pub(crate) fn accept_or_refuse(bytes: &[u8]) {
    if let Ok(manifest) = Manifest::parse(bytes) {
        keeps_its_promises(&manifest);
        read_all(&manifest);
    }
}
