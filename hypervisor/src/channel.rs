//! Channels between zones: the memory that peers share, and the lines by which they ring each other. What a peer's control
//! table shows is the model's, in the crate `vivc`.
//!
//! A doorbell takes no lock. A peer's start does, one of its channel's: two that start at once must not both take
//! themselves for the first.

use core::sync::atomic::{AtomicBool, Ordering, fence};

use addr::{GuestPhys, HostPhys, Range};
use ids::Width;
use manifest::{Manifest, ZoneIndex};
use spin::mutex::TicketMutex;
use vivc::{Geometry, PeerId, PeerSet};

use crate::arch;
use crate::memory::identity;
use crate::memory::pool::{OutOfMemory, Pool};

/// A channel. All of it is made at boot and lives for ever.
#[derive(Debug)]
pub struct Channel {
    model: vivc::Channel<'static>,
    lines: &'static [Line],
    record: manifest::Channel<'static>,
    starts: TicketMutex<()>,
}

/// The interrupt by which a peer is rung.
#[derive(Debug)]
pub struct Line {
    /// The peer's zone.
    pub zone: ZoneIndex,
    /// Its number at the zone's interrupt controller.
    pub interrupt: u32,
    /// The line of the physical interrupt controller that this is, if one can be made pending there.
    pub physical: Option<u32>,
    /// The zone has yet to raise it itself, where there is none.
    pub waiting: AtomicBool,
}

/// A zone's end of a channel.
#[derive(Debug)]
pub struct End {
    channel: &'static Channel,
    peer: PeerId,
    control: Range<GuestPhys>,
}

/// Makes all channels.
///
/// # Errors
///
/// [`OutOfMemory`] where the pool has no room for them.
#[inline(never)]
pub fn create(pool: &mut Pool, manifest: &Manifest<'static>) -> Result<&'static [Channel], OutOfMemory> {
    let mut channels = pool.reserve(manifest.channels().count())?;
    for record in manifest.channels() {
        let lines = pool.place_slice(record.peer_count(), |index| Line::of(&record, index))?;
        let peers = pool.place_slice(record.peer_count(), |_| vivc::Peer::default())?;
        let geometry = Geometry {
            id: record.index().0.into(),
            // The manifest's checks keep both to 32 bits.
            rw_size: record.rw_size() as u32,
            out_size: record.out_size() as u32,
        };
        channels.push(Channel {
            model: vivc::Channel::new(geometry, peers),
            lines,
            record,
            starts: TicketMutex::new(()),
        })?;
    }
    Ok(channels.finish())
}

/// Makes the ends that a zone has of `channels`.
///
/// # Errors
///
/// [`OutOfMemory`] where the pool has no room for them.
pub fn ends_of(
    pool: &mut Pool,
    zone: &manifest::Zone<'static>,
    channels: &'static [Channel],
) -> Result<&'static [End], OutOfMemory> {
    let mut ends = pool.reserve(zone.channels().count())?;
    for (record, peer) in zone.channels() {
        let channel = channels.get(usize::from(record.index().0));
        if let Some((channel, id)) = channel.zip(PeerId::new(peer.id.0.into())) {
            ends.push(End { channel, peer: id, control: peer.control })?;
        }
    }
    Ok(ends.finish())
}

impl Line {
    /// That of a peer of a channel.
    fn of(channel: &manifest::Channel<'_>, index: usize) -> Self {
        // A sound channel has as many as it says.
        let peer = channel.peer(manifest::PeerId(index as u8));
        Self {
            zone: peer.map_or(ZoneIndex(u8::MAX), |peer| peer.zone),
            interrupt: peer.map_or(0, |peer| peer.interrupt),
            physical: peer.and_then(|peer| peer.physical_interrupt),
            waiting: AtomicBool::new(false),
        }
    }
}

impl Channel {
    fn raise(&self, peers: PeerSet) {
        peers.iter().filter_map(|peer| self.lines.get(peer.index())).for_each(arch::raise_doorbell);
    }
}

impl End {
    /// How far an address lies in the control table, if it does.
    #[inline(always)]
    pub fn offset_of(&self, address: GuestPhys) -> Option<u32> {
        Some(self.control.offset_of(address)? as u32)
    }

    /// A load (`write` is `None`) or store of the zone's so far into the control table.
    pub fn access(&self, offset: u32, width: Width, write: Option<u64>) -> u64 {
        let channel = self.channel;
        let Some(value) = write else { return channel.model.read(self.peer, offset, width).into() };
        let rung = channel.model.write(self.peer, offset, width, value as u32);
        if let Some(line) = rung.and_then(|peer| channel.lines.get(peer.index())) {
            arch::raise_doorbell(line);
        }
        0
    }

    /// The interrupt of this end.
    pub fn line(&self) -> Option<&'static Line> {
        self.channel.lines.get(self.peer.index())
    }

    /// What the zone writes there is zero, and it is present: it is about to run.
    pub fn start(&self) {
        let channel = self.channel;
        let _guard = channel.starts.lock();
        if channel.model.is_alone(self.peer) {
            clear(channel.record.memory());
        } else if let Some(output) = channel.record.output(manifest::PeerId(self.peer.index() as u8)) {
            clear(output);
        }
        if let Some(line) = self.line() {
            line.waiting.store(false, Ordering::Relaxed);
        }
        channel.raise(channel.model.start(self.peer));
    }

    /// The zone does not run any more.
    pub fn stop(&self) {
        self.channel.raise(self.channel.model.stop(self.peer));
    }
}

/// Zeroes a part of a channel's memory that nobody writes now: for peers with their caches off, too.
///
/// Others may be reading a ring there: its epochs go first, so that they do not take zeros for messages.
fn clear(memory: Range<HostPhys>) {
    let start = identity(memory.start());
    for offset in (0..ivc::EPOCHS_SIZE as u64).step_by(8) {
        let word = start.raw().wrapping_add(offset) as *mut u64;
        // SAFETY: in the first page of that memory; see below.
        unsafe { word.write_volatile(0) };
    }
    fence(Ordering::SeqCst);
    // SAFETY: whole pages of a channel's memory, which boot has mapped and the manifest's checks gave to the channel alone.
    // Who may write there is about to start, or absent, which is said when none of its vCPUs runs. Others may read, which
    // disturbs nobody.
    unsafe { arch::memory::clear(start, memory.size()) };
    arch::memory::clean(start, memory.size());
}
