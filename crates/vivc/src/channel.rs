//! A channel: what its peers read and write, and how they come and go.

use core::sync::atomic::{AtomicU32, Ordering};

use ids::Width;
use ivc::registers::{IPI_INVOKE, MAGIC_VALUE, NOTIFY_PRESENCE, VERSION_VALUE};

use crate::peer::{Peer, PeerId, PeerSet};
use crate::registers::{self, Register};

/// What of a channel never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Its number.
    pub id: u32,
    /// Bytes of the section that every peer writes.
    pub rw_size: u32,
    /// Bytes of each peer's output section.
    pub out_size: u32,
}

/// A channel and the state of its control tables.
///
/// `rang` and `mask` of one peer, and `present` and `notify`, are read and written in opposite order by two sides, each of
/// which must see what the other wrote: all four are sequentially consistent.
#[derive(Debug)]
pub struct Channel<'a> {
    geometry: Geometry,
    peers: &'a [Peer],
    present: AtomicU32,
}

impl<'a> Channel<'a> {
    /// A channel whose peers, [`crate::MAX_PEERS`] at most, are all absent.
    pub const fn new(geometry: Geometry, peers: &'a [Peer]) -> Self {
        Self { geometry, peers, present: AtomicU32::new(0) }
    }

    /// What of it never changes.
    pub const fn geometry(&self) -> Geometry {
        self.geometry
    }

    /// A load by `reader` so far into its control table.
    pub fn read(&self, reader: PeerId, offset: u32, width: Width) -> u32 {
        let Some((own, register)) = self.peer(reader).zip(registers::at(offset, width)) else { return 0 };
        match register {
            Register::Id => self.geometry.id,
            Register::MaxPeers => self.peers.len() as u32,
            Register::RwSize => self.geometry.rw_size,
            Register::OutSize => self.geometry.out_size,
            Register::PeerId => reader.index() as u32,
            Register::Magic => MAGIC_VALUE,
            Register::Version => VERSION_VALUE,
            Register::Present => self.present.load(Ordering::SeqCst),
            Register::Rang => own.rang.swap(0, Ordering::SeqCst),
            Register::Missed => own.missed.swap(0, Ordering::Relaxed),
            Register::Mask => own.mask.load(Ordering::Relaxed),
            Register::Notify => own.notify.load(Ordering::Relaxed),
            Register::Generation(of) => {
                self.peer(of).map_or(0, |peer| peer.generation.load(Ordering::Acquire))
            }
            Register::Payload(from) => {
                own.payloads.get(from.index()).map_or(0, |payload| payload.load(Ordering::Acquire))
            }
            Register::Invoke | Register::RingWith(_) => 0,
        }
    }

    /// A store by `writer` so far into its control table. Returns the peer whose interrupt is to be raised.
    #[inline]
    pub fn write(&self, writer: PeerId, offset: u32, width: Width, value: u32) -> Option<PeerId> {
        // What is stored for most.
        if offset == IPI_INVOKE && width == Width::Word {
            return self.ring(writer, PeerId::new(value as usize)?, None);
        }
        self.write_other(writer, offset, width, value)
    }

    #[inline(never)]
    fn write_other(&self, writer: PeerId, offset: u32, width: Width, value: u32) -> Option<PeerId> {
        let own = self.peer(writer)?;
        match registers::at(offset, width)? {
            Register::RingWith(target) => self.ring(writer, target, Some(value)),
            Register::Mask => {
                let old = own.mask.swap(value & self.everybody(), Ordering::SeqCst);
                (own.rang.load(Ordering::SeqCst) & old & !value != 0).then_some(writer)
            }
            Register::Notify => {
                own.notify.store(value & NOTIFY_PRESENCE, Ordering::SeqCst);
                None
            }
            _ => None,
        }
    }

    /// Peer `from` rings `target`, with a word or without. Returns the target if its interrupt is to be raised.
    #[inline]
    fn ring(&self, from: PeerId, target: PeerId, payload: Option<u32>) -> Option<PeerId> {
        let other = self.peer(target)?;
        if self.present.load(Ordering::SeqCst) & target.bit() == 0 {
            self.peer(from)?.missed.fetch_or(target.bit(), Ordering::Relaxed);
            return None;
        }
        if let Some((word, place)) = payload.zip(other.payloads.get(from.index())) {
            place.store(word, Ordering::Release);
        }
        other.rang.fetch_or(from.bit(), Ordering::SeqCst);
        (other.mask.load(Ordering::SeqCst) & from.bit() == 0).then_some(target)
    }

    /// Whether no peer but `peer` is present.
    pub fn is_alone(&self, peer: PeerId) -> bool {
        self.present.load(Ordering::SeqCst) & !peer.bit() == 0
    }

    /// The zone of a peer starts: its registers are as after a reset, and it is present from now on. Returns the peers
    /// whose interrupts are to be raised. Starts and stops of one peer are serialised by the caller.
    pub fn start(&self, peer: PeerId) -> PeerSet {
        let Some(own) = self.peer(peer) else { return PeerSet::EMPTY };
        for register in [&own.rang, &own.missed, &own.mask, &own.notify].into_iter().chain(&own.payloads) {
            register.store(0, Ordering::Relaxed);
        }
        own.generation.fetch_add(1, Ordering::Release);
        self.present.fetch_or(peer.bit(), Ordering::SeqCst);
        self.notified_by(peer)
    }

    /// The zone of a peer stops, whatever the reason: it is absent from now on. Returns the peers whose interrupts are to
    /// be raised.
    pub fn stop(&self, peer: PeerId) -> PeerSet {
        if self.present.fetch_and(!peer.bit(), Ordering::SeqCst) & peer.bit() == 0 {
            return PeerSet::EMPTY;
        }
        self.notified_by(peer)
    }

    /// The present peers that want to know that `peer` has come or gone.
    fn notified_by(&self, peer: PeerId) -> PeerSet {
        let present = self.present.load(Ordering::SeqCst) & !peer.bit();
        let mut notified = PeerSet::EMPTY;
        for (index, other) in self.peers.iter().enumerate() {
            if let Some(id) = PeerId::new(index)
                && present & id.bit() != 0
                && other.notify.load(Ordering::SeqCst) != 0
            {
                notified.insert(id);
            }
        }
        notified
    }

    #[inline]
    fn peer(&self, id: PeerId) -> Option<&'a Peer> {
        self.peers.get(id.index())
    }

    /// A bitmap of all peers.
    fn everybody(&self) -> u32 {
        1u32.wrapping_shl(self.peers.len() as u32).wrapping_sub(1)
    }
}
