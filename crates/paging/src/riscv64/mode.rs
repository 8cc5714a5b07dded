//! How deep the tables are.

use crate::Level;
use addr::{HostPhys, PAGE_SIZE};

/// Bits of physical address that an entry can hold. No hart says how many of them it has.
pub(super) const PHYSICAL_BITS: u8 = 56;

/// The MODE of satp and hgatp. A mode that a hart has reads back after it was written, another one does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Three levels: Sv39 in satp, Sv39x4 in hgatp.
    Sv39,
    /// Four levels: Sv48 in satp, Sv48x4 in hgatp.
    Sv48,
}

impl Mode {
    /// The level at which a walk begins.
    pub(super) const fn top(self) -> Level {
        match self {
            Self::Sv39 => Level::L1,
            Self::Sv48 => Level::L0,
        }
    }

    /// Width of a virtual address in bits.
    pub(super) const fn virtual_bits(self) -> u8 {
        match self {
            Self::Sv39 => 39,
            Self::Sv48 => 48,
        }
    }

    /// Width of a guest-physical address in bits: two more, by a root of four pages.
    pub(super) const fn guest_bits(self) -> u8 {
        match self {
            Self::Sv39 => 41,
            Self::Sv48 => 50,
        }
    }

    /// MODE, bits 63:60, and PPN, bits 43:0, of satp or hgatp. The encodings are the same in both.
    pub(super) const fn with_root(self, root: HostPhys) -> u64 {
        let mode: u64 = match self {
            Self::Sv39 => 8,
            Self::Sv48 => 9,
        };
        (mode << 60) | (root.raw() / PAGE_SIZE)
    }

    /// The mode of tables whose walk begins at `top`.
    pub(super) const fn of_top(top: Level) -> Self {
        match top {
            Level::L0 => Self::Sv48,
            _ => Self::Sv39,
        }
    }
}
