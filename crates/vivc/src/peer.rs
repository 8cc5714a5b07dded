//! The peers of a channel, sets of them, and what the channel keeps of each.

use core::sync::atomic::AtomicU32;

/// The most peers that a channel can have.
pub const MAX_PEERS: usize = ivc::registers::MAX_PEERS as usize;

/// A peer of a channel, by its place among the peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerId(u8);

impl PeerId {
    /// The peer with this number, or `None` from [`MAX_PEERS`] on.
    #[inline]
    pub const fn new(index: usize) -> Option<Self> {
        if index < MAX_PEERS { Some(Self(index as u8)) } else { None }
    }

    /// Its number, below [`MAX_PEERS`].
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Its bit in a bitmap of peers.
    #[inline]
    pub(crate) const fn bit(self) -> u32 {
        1u32.wrapping_shl(self.0 as u32)
    }
}

/// A set of peers of one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeerSet(u32);

impl PeerSet {
    /// The set of nobody.
    pub const EMPTY: Self = Self(0);

    pub(crate) fn insert(&mut self, peer: PeerId) {
        self.0 |= peer.bit();
    }

    /// Its bitmap: bit n is peer n.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Its members, lowest number first.
    pub fn iter(self) -> impl Iterator<Item = PeerId> {
        (0..MAX_PEERS as u8).map(PeerId).filter(move |peer| self.0 & peer.bit() != 0)
    }
}

/// What a channel keeps of one peer: the registers that are its own.
#[derive(Debug, Default)]
pub struct Peer {
    pub(crate) rang: AtomicU32,
    pub(crate) missed: AtomicU32,
    pub(crate) mask: AtomicU32,
    pub(crate) notify: AtomicU32,
    pub(crate) generation: AtomicU32,
    /// By the ringer.
    pub(crate) payloads: [AtomicU32; MAX_PEERS],
}
