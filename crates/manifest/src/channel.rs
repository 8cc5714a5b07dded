//! A channel as the rest of the hypervisor sees it: memory that its peers share, and an interrupt for each of them.

use core::fmt;

use addr::{GuestPhys, HostPhys, PAGE_SIZE, Range};

use crate::ADDRESS_BITS;
use crate::name::ZoneName;
use crate::parse::Manifest;
use crate::record::{ChannelRecord, PeerRecord};
use crate::zone::ZoneIndex;

/// A channel's place in the manifest and in zones.toml, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelIndex(pub u8);

/// A peer's place among those of its channel, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u8);

/// A zone's end of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Which of the channel's peers it is.
    pub id: PeerId,
    /// The zone.
    pub zone: ZoneIndex,
    /// The interrupt that it sees when it is rung: INTID or source.
    pub interrupt: u32,
    /// The line of the board's interrupt controller that rings it, which has the same number; `None` where the
    /// zone's emulated controller alone has the interrupt.
    pub physical_interrupt: Option<u32>,
    /// Where it sees the control table: one page.
    pub control: Range<GuestPhys>,
    /// Where it sees the shared memory.
    pub shared: Range<GuestPhys>,
}

/// A part of the shared memory, as one peer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// Where the peer sees it; page-aligned.
    pub ipa: GuestPhys,
    /// Where it is; page-aligned.
    pub hpa: HostPhys,
    /// Bytes, a multiple of the page size.
    pub size: u64,
    /// Whether the peer may write there.
    pub writable: bool,
}

/// One channel of a manifest. Its memory is one section that all peers write, then an output section for each peer.
#[derive(Clone, Copy)]
pub struct Channel<'a> {
    index: ChannelIndex,
    record: &'a ChannelRecord,
    peers: &'a [PeerRecord],
    memory: Range<HostPhys>,
}

impl<'a> Channel<'a> {
    /// The channel at a place in the table; `None` behind the last, and where the sections are none that a channel can
    /// have.
    #[inline(never)]
    pub(crate) fn read(manifest: &Manifest<'a>, index: ChannelIndex) -> Option<Self> {
        let record = manifest.channel_records.get(usize::from(index.0))?;
        let count = usize::try_from(record.peer_count.get()).ok()?;
        let peers = record.peers.get(..count)?;
        let (start, rw_size, out_size) = (record.hpa.get(), record.rw_size.get(), record.out_size.get());
        // The control table's registers are 32 bits wide.
        if out_size == 0 || (rw_size | out_size) >> 32 != 0 {
            return None;
        }
        let size = out_size.checked_mul(record.peer_count.get().into())?.checked_add(rw_size)?;
        let memory = Range::<HostPhys>::new(HostPhys::new(start), size)?;
        let whole_pages = HostPhys::new(start | rw_size | out_size).is_aligned(PAGE_SIZE);
        let is_sound = whole_pages && record.reserved.get() == 0 && memory.end().raw() <= 1 << ADDRESS_BITS;
        is_sound.then_some(Self { index, record, peers, memory })
    }

    /// Its place in the manifest, which is its number for its peers.
    pub fn index(&self) -> ChannelIndex {
        self.index
    }

    /// Its name.
    pub fn name(&self) -> &'a str {
        ZoneName::in_field(&self.record.name).unwrap_or_default()
    }

    /// Its memory: the common section, then the output sections in the order of the peers.
    pub fn memory(&self) -> Range<HostPhys> {
        self.memory
    }

    /// Bytes of the section that every peer writes: a multiple of the page size below 4 GiB, which may be zero.
    pub fn rw_size(&self) -> u64 {
        self.record.rw_size.get()
    }

    /// Bytes of each peer's output section: a multiple of the page size below 4 GiB.
    pub fn out_size(&self) -> u64 {
        self.record.out_size.get()
    }

    /// How many peers it has: 2 to [`MAX_PEERS`](crate::MAX_PEERS).
    pub fn peer_count(&self) -> usize {
        self.peers.len()
    }

    /// One of its peers; `None` behind the last, and where its zone or its addresses are none that a peer can have.
    #[inline(never)]
    pub fn peer(&self, id: PeerId) -> Option<Peer> {
        let record = self.peers.get(usize::from(id.0)).filter(|record| record.reserved.get() == 0)?;
        let pages = |start: u64, size| {
            let start = GuestPhys::new(start);
            Range::<GuestPhys>::new(start, size)
                .filter(|range| start.is_aligned(PAGE_SIZE) && range.end().raw() <= 1 << ADDRESS_BITS)
        };
        let physical = record.physical.get();
        Some(Peer {
            id,
            zone: ZoneIndex(u8::try_from(record.zone.get()).ok()?),
            interrupt: record.interrupt.get(),
            physical_interrupt: (physical != 0).then_some(physical),
            control: pages(record.control_ipa.get(), PAGE_SIZE)?,
            shared: pages(record.shared_ipa.get(), self.memory.size())?,
        })
    }

    /// Its peers in their order.
    pub fn peers(&self) -> impl Iterator<Item = Peer> + use<'a> {
        let channel = *self;
        (0..).map_while(move |id| channel.peer(PeerId(id)))
    }

    /// The peer that a zone is, if it is one.
    #[inline(never)]
    pub fn peer_of(&self, zone: ZoneIndex) -> Option<Peer> {
        self.peers().find(|peer| peer.zone == zone)
    }

    /// The shared memory as one of its peers sees it: at most four sections, in rising order, adjacent ones with
    /// different rights.
    pub fn sections(&self, peer: &Peer) -> impl Iterator<Item = Section> + use<> {
        let (ipa, hpa) = (peer.shared.start(), self.memory.start());
        let before = self.out_size().saturating_mul(peer.id.0.into());
        let own = self.rw_size().saturating_add(before);
        let after = own.saturating_add(self.out_size());
        // What the first peer writes is in one piece.
        let common = if before == 0 { after } else { self.rw_size() };
        let bounds = [(common, true), (own, false), (after, true), (self.memory.size(), false)];
        let mut start = 0;
        bounds.into_iter().filter_map(move |(end, writable)| {
            let offset = start;
            let size = end.checked_sub(offset).filter(|size| *size != 0)?;
            start = end;
            Some(Section { ipa: ipa.checked_add(offset)?, hpa: hpa.checked_add(offset)?, size, writable })
        })
    }

    /// Where the output section of a peer is; `None` where the channel has no such peer.
    pub fn output(&self, peer: PeerId) -> Option<Range<HostPhys>> {
        let offset = self.out_size().checked_mul(peer.0.into())?.checked_add(self.rw_size())?;
        let start = self.memory.start().checked_add(offset)?;
        Range::<HostPhys>::new(start, self.out_size()).filter(|output| self.memory.contains_range(*output))
    }
}

impl fmt::Debug for Channel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Channel({})", self.name())
    }
}
