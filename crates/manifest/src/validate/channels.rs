//! Each channel has a name of its own, and peers that are different zones.

use crate::channel::{Channel, ChannelIndex, PeerId, peer};
use crate::error::ManifestError;
use crate::parse::Manifest;
use crate::zone::ZoneIndex;
use crate::{MAX_CHANNELS_OF_ZONE, MAX_PEERS};

/// Comes before whatever asks for a zone's channels.
pub(super) fn check(manifest: &Manifest<'_>) -> Result<(), ManifestError> {
    let mut next = 0u32;
    for (index, record) in (0u8..).zip(manifest.channel_records) {
        let channel = Channel::read(manifest, ChannelIndex(index)).ok_or(ManifestError::Tables)??;
        if record.peers.first.get() != next {
            return Err(ManifestError::Tables);
        }
        next = next.checked_add(record.peers.count.get()).ok_or(ManifestError::Tables)?;
        let mut earlier = manifest.channels().take(usize::from(index));
        if earlier.any(|earlier| earlier.name() == channel.name()) {
            return Err(ManifestError::DuplicateChannelName(channel.name()));
        }
        if !(2..=MAX_PEERS).contains(&channel.peer_count()) {
            return Err(ManifestError::PeerCount { channel: channel.name(), count: channel.peer_count() });
        }
        peers(manifest, &channel)?;
    }
    if usize::try_from(next) != Ok(manifest.peers.len()) {
        return Err(ManifestError::Tables);
    }
    match manifest.zones().find(|zone| zone.channels().count() > MAX_CHANNELS_OF_ZONE) {
        Some(zone) => Err(ManifestError::ChannelsOfZone(zone.owned_name())),
        None => Ok(()),
    }
}

fn peers(manifest: &Manifest<'_>, channel: &Channel<'_>) -> Result<(), ManifestError> {
    let size = channel.memory().size();
    let mut seen = 0u32;
    for (id, record) in (0u8..).zip(channel.peer_records()) {
        let wrong = ManifestError::Peer { channel: channel.name(), id: PeerId(id) };
        let peer = peer(PeerId(id), record, size).ok_or(wrong)?;
        let ZoneIndex(zone) = peer.zone;
        if usize::from(zone) >= manifest.zone_count() || record.reserved.get() != 0 {
            return Err(wrong);
        }
        let bit = 1u32.checked_shl(zone.into()).unwrap_or_default();
        if seen & bit != 0 {
            return Err(wrong);
        }
        seen |= bit;
    }
    Ok(())
}
