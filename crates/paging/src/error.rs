//! Why a translation could not be changed.

/// The refusal of a [`crate::Tree`] operation. No translation has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// The size is 0.
    #[error("an empty range cannot be mapped or unmapped")]
    Empty,
    /// An address or the size is no multiple of 4 KiB.
    #[error("{value:#x} is not a multiple of 4 KiB")]
    Unaligned {
        /// The first of input address, output address and size that is unaligned.
        value: u64,
    },
    /// The range leaves the input address space.
    #[error("{start:#x} + {size:#x} leaves the {bits}-bit input address space")]
    InputOutOfRange {
        /// First input address asked for.
        start: u64,
        /// Bytes asked for.
        size: u64,
        /// Width of the input address space in bits.
        bits: u8,
    },
    /// The range leaves the physical address space.
    #[error("{start:#x} + {size:#x} leaves the {bits}-bit physical address space")]
    OutputOutOfRange {
        /// First output address asked for.
        start: u64,
        /// Bytes asked for.
        size: u64,
        /// Width of the output address space in bits.
        bits: u8,
    },
    /// Part of the range has a translation already.
    #[error("{at:#x} is mapped already")]
    AlreadyMapped {
        /// The lowest input address of the range that is mapped.
        at: u64,
    },
    /// Part of the range that should be unmapped has no translation.
    #[error("{at:#x} is not mapped")]
    NotMapped {
        /// The lowest input address of the range that is not mapped.
        at: u64,
    },
    /// [`crate::Tables::allocate`] has no page left.
    #[error("no page is left for a translation table")]
    OutOfTables,
    /// The architecture has no such physical address size.
    #[error("{bits} is not a physical address size of the architecture")]
    UnsupportedSize {
        /// The size asked for, in bits.
        bits: u8,
    },
}
