//! The levels of a walk.

use addr::PAGE_SIZE;

/// A level of lookup, numbered as in VMSAv8-64 with the 4 KiB granule (DDI 0487, chapter D8): 3 translates
/// single pages, each level above it 512 times as much. RISC-V counts the other way: its level 0 is `L3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// 512 GiB per entry.
    L0,
    /// 1 GiB per entry.
    L1,
    /// 2 MiB per entry.
    L2,
    /// 4 KiB per entry.
    L3,
}

impl Level {
    /// The lowest input address bit that selects an entry at this level.
    pub const fn shift(self) -> u32 {
        match self {
            Self::L0 => 39,
            Self::L1 => 30,
            Self::L2 => 21,
            Self::L3 => 12,
        }
    }

    /// Bytes that one entry translates.
    pub const fn size(self) -> u64 {
        match self {
            Self::L0 => 1 << 39,
            Self::L1 => 1 << 30,
            Self::L2 => 1 << 21,
            Self::L3 => PAGE_SIZE,
        }
    }

    /// The level that a table entry of this level leads to; `None` below the last.
    pub const fn below(self) -> Option<Self> {
        match self {
            Self::L0 => Some(Self::L1),
            Self::L1 => Some(Self::L2),
            Self::L2 => Some(Self::L3),
            Self::L3 => None,
        }
    }

    /// `address` rounded down to the first address of its entry.
    pub(crate) const fn base(self, address: u64) -> u64 {
        address & !self.offset_mask()
    }

    /// The bits of an address that lie inside one entry.
    pub(crate) const fn offset_mask(self) -> u64 {
        self.size().wrapping_sub(1)
    }
}
