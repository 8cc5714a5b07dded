//! Where the words and the data of a lane are within an output section.
//!
//! | offset in bytes | what |
//! |---|---|
//! | 0 | [`FORMAT`], zero where no end was ever opened |
//! | 4 to 15 | zero |
//! | 16 + 16 s | slot s: epoch and joined epoch of the sender, then of the receiver |
//! | 256 + 128 s | slot s, the sender's line: its position (the tail), its alert |
//! | 320 + 128 s | slot s, the receiver's line: its position (the head), its alert |
//! | 256 + 128 n + c s | the data of slot s |
//!
//! A section has n slots, one for each other peer in order of their ids; its owner has none. Each slot's data has c
//! bytes, the capacity: what is left of the section divided by n, in whole lines of 64 bytes. The two lines are apart
//! so that the other peer's polling of one does not disturb the other.

use crate::registers::MAX_PEERS;

/// What a section begins with: "BRN" in ASCII, the first letter in the lowest byte, then the format's version.
pub const FORMAT: u32 = 0x014e_5242;

/// How many bytes at a section's start hold its epochs. Who clears a section that others may be reading clears these
/// first, then passes a barrier, then clears the rest: so no reader takes zeros for a message.
pub const EPOCHS_SIZE: usize = 256;

/// Messages begin at multiples of this many bytes, after a header of as many.
pub(crate) const GRANULE: u32 = 8;

/// Bytes of a line of a cache.
const LINE: usize = 64;
/// Bytes that a slot takes among the epochs.
const SLOT_EPOCHS: usize = 16;
/// Bytes of a slot's two lines.
const SLOT_LINES: usize = 128;
/// The largest capacity: two laps of it are counted in 32 bits.
const MAX_CAPACITY: usize = 1 << 30;

/// Two different peers of one channel: the one whose code this is, and the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    peers: u32,
    own: u32,
    other: u32,
}

/// The offsets of one end's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) epoch: usize,
    pub(crate) joined: usize,
    pub(crate) position: usize,
    pub(crate) alert: usize,
}

/// Where a lane's data is in the sender's section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Data {
    pub(crate) base: usize,
    pub(crate) capacity: u32,
}

impl Pair {
    /// Peers `own` and `other` of a channel that has `peers`; none if there are no such two.
    #[must_use]
    pub const fn new(peers: u32, own: u32, other: u32) -> Option<Self> {
        if peers > MAX_PEERS || own >= peers || other >= peers || own == other {
            return None;
        }
        Some(Self { peers, own, other })
    }

    /// The same two, as the other peer says it.
    pub(crate) const fn reversed(self) -> Self {
        Self { peers: self.peers, own: self.other, other: self.own }
    }

    /// The words of a sender in this peer's section that sends to the other.
    pub(crate) const fn sender(self) -> Words {
        self.words(0, 0)
    }

    /// The words of a receiver in this peer's section that receives from the other.
    pub(crate) const fn receiver(self) -> Words {
        self.words(SLOT_EPOCHS / 2, LINE)
    }

    /// What this peer sends to the other, in this peer's section of `len` bytes; none if that is too small for any data.
    pub(crate) fn data(self, len: usize) -> Option<Data> {
        let slots = usize::try_from(self.peers.checked_sub(1)?).ok()?;
        let start = EPOCHS_SIZE.checked_add(slots.checked_mul(SLOT_LINES)?)?;
        let lines = len.checked_sub(start)?.checked_div(slots)? / LINE;
        let capacity = lines.checked_mul(LINE)?.min(MAX_CAPACITY);
        if capacity == 0 {
            return None;
        }
        let base = start.checked_add(capacity.checked_mul(self.slot())?)?;
        Some(Data { base, capacity: u32::try_from(capacity).ok()? })
    }

    const fn words(self, within_epochs: usize, within_lines: usize) -> Words {
        // Far below overflow: a slot is at most 14.
        let epoch = SLOT_EPOCHS.saturating_mul(self.slot().saturating_add(1)).saturating_add(within_epochs);
        let lines = EPOCHS_SIZE.saturating_add(SLOT_LINES.saturating_mul(self.slot()));
        let position = lines.saturating_add(within_lines);
        Words { epoch, joined: epoch.saturating_add(4), position, alert: position.saturating_add(4) }
    }

    /// The other peer's slot in this peer's section.
    const fn slot(self) -> usize {
        let slot = if self.other < self.own { self.other } else { self.other.saturating_sub(1) };
        slot as usize
    }
}
