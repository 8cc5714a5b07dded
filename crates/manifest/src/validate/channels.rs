//! Each channel has whole pages of its own, and peers that are different zones.

use core::ops::Range;

use crate::MAX_PEERS;
use crate::channel::{Channel, ChannelIndex, PeerId};
use crate::error::ManifestError;
use crate::name::ZoneName;
use crate::parse::Manifest;
use crate::record::ChannelRecord;
use crate::zone::region;

/// How many peers a channel can have.
const PEERS: Range<u32> = 2..MAX_PEERS as u32 + 1;

/// Comes before whatever asks for a zone's channels.
pub(super) fn check(manifest: &Manifest<'_>) -> Result<(), ManifestError> {
    for (index, record) in (0..).map(ChannelIndex).zip(manifest.channel_records) {
        check_one(manifest, index, record).map_err(|what| ManifestError::Channel { channel: index, what })?;
    }
    Ok(())
}

fn check_one(
    manifest: &Manifest<'_>,
    index: ChannelIndex,
    record: &ChannelRecord,
) -> Result<(), &'static str> {
    if ZoneName::in_field(&record.name).is_none() {
        return Err("its name is not valid");
    }
    let count = record.peer_count.get();
    if !PEERS.contains(&count) {
        return Err("it has not 2 to 16 peers");
    }
    let channel = Channel::read(manifest, index).ok_or("its sections are not pages below 4 GiB, or empty")?;
    for id in (0..).map(PeerId).take(channel.peer_count()) {
        let peer = channel.peer(id).ok_or("a peer does not see it at pages")?;
        if usize::from(peer.zone.0) >= manifest.zone_count() {
            return Err("a peer is no zone");
        }
        if channel.peer_of(peer.zone).is_none_or(|first| first.id != id) {
            return Err("a zone is its peer twice");
        }
    }
    let memory = channel.memory();
    let mut regions = manifest.regions.iter().filter_map(|record| region(record)?.host_range());
    let mut earlier = manifest.channels().take(usize::from(index.0));
    if regions.any(|range| range.overlaps(memory)) || earlier.any(|earlier| earlier.memory().overlaps(memory))
    {
        return Err("its memory is another's too");
    }
    Ok(())
}
