//! Where the sections of a channel's shared memory are: the common one first, then an output section for each peer.

use crate::registers::MAX_PEERS;

/// Sizes of sections are multiples of this many bytes.
pub const PAGE_SIZE: u64 = 4096;

/// The layout of one channel's shared memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    peers: u32,
    rw: u64,
    out: u64,
    total: u64,
}

/// A part of the shared memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// In bytes from the first of the shared memory.
    pub offset: u64,
    /// In bytes.
    pub len: u64,
}

/// Why there is no such layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayoutError {
    /// A channel has 2 to [`MAX_PEERS`] peers.
    Peers,
    /// The common section is not a multiple of [`PAGE_SIZE`], or its size does not fit its register of 32 bits.
    Rw,
    /// An output section is not a multiple of [`PAGE_SIZE`], is empty, or its size does not fit its register of 32 bits.
    Out,
}

impl Layout {
    /// The layout for `peers` peers with a common section of `rw` bytes and output sections of `out` bytes each.
    ///
    /// # Errors
    /// What is not allowed, the first of it.
    pub const fn new(peers: u32, rw: u64, out: u64) -> Result<Self, LayoutError> {
        if peers < 2 || peers > MAX_PEERS {
            return Err(LayoutError::Peers);
        }
        if !is_section_size(rw) {
            return Err(LayoutError::Rw);
        }
        if out == 0 || !is_section_size(out) {
            return Err(LayoutError::Out);
        }
        // Below 17 * 2^32, for what was checked above.
        let total = rw.saturating_add(out.saturating_mul(peers as u64));
        Ok(Self { peers, rw, out, total })
    }

    /// How many peers there are.
    #[must_use]
    pub const fn peers(&self) -> u32 {
        self.peers
    }

    /// The section that every peer may write; its length may be 0.
    #[must_use]
    pub const fn common(&self) -> Extent {
        Extent { offset: 0, len: self.rw }
    }

    /// The section that `peer` alone may write; none if there is no such peer.
    #[must_use]
    pub const fn output(&self, peer: u32) -> Option<Extent> {
        if peer >= self.peers {
            return None;
        }
        Some(Extent { offset: self.rw.saturating_add(self.out.saturating_mul(peer as u64)), len: self.out })
    }

    /// Bytes of the whole shared memory.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }
}

/// Whether a section may have this size: whole pages, and a number that fits its register.
const fn is_section_size(bytes: u64) -> bool {
    bytes.is_multiple_of(PAGE_SIZE) && bytes <= u32::MAX as u64
}
