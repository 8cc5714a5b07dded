//! What the parser promises of everything that it accepts.

use manifest::{Channel, Manifest, RegionKind};

use crate::support::read_all;

/// What the parser promises of everything that it accepts.
pub(crate) fn keeps_its_promises(manifest: &Manifest<'_>) {
    let zones: Vec<_> = manifest.zones().collect();
    assert_eq!(zones.len(), manifest.zone_count());
    let cpus: Vec<_> = zones.iter().flat_map(|zone| zone.cpus()).collect();
    let memory = zones.iter().flat_map(|zone| zone.regions()).filter_map(|region| region.host_range());
    let memory: Vec<_> = memory.chain(manifest.channels().map(|channel| channel.memory())).collect();
    for (place, cpu) in cpus.iter().enumerate() {
        assert!(!cpus[..place].contains(cpu));
    }
    for (place, range) in memory.iter().enumerate() {
        assert!(memory[..place].iter().all(|other| !other.overlaps(*range)));
    }
    for channel in manifest.channels() {
        sections_are_the_memory(&channel);
    }
    for zone in zones {
        assert!(zone.vcpu_count() > 0);
        for step in zone.resets() {
            let register = step.register().expect("a register");
            let devices = zone.regions().filter(|region| region.kind != RegionKind::Ram);
            let mut devices = devices.filter_map(|region| region.host_range());
            assert!(devices.any(|device| device.contains_range(register)));
        }
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

/// Each peer sees all of a channel's memory, and exactly one peer writes each output section.
fn sections_are_the_memory(channel: &Channel<'_>) {
    let mut writable = 0;
    for peer in channel.peers() {
        let mut next = 0;
        for section in channel.sections(&peer) {
            assert_eq!(section.ipa.offset_from(peer.shared.start()), Some(next));
            assert_eq!(section.hpa.offset_from(channel.memory().start()), Some(next));
            next += section.size;
            writable += if section.writable { section.size } else { 0 };
        }
        assert_eq!((next, peer.shared.size()), (channel.memory().size(), channel.memory().size()));
    }
    let common_again = channel.rw_size() * (channel.peer_count() as u64 - 1);
    assert_eq!(writable, channel.memory().size() + common_again);
}

pub(crate) fn accept_or_refuse(bytes: &[u8]) {
    if let Ok(manifest) = Manifest::parse(bytes) {
        keeps_its_promises(&manifest);
        read_all(&manifest);
    }
}
