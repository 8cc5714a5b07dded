//! What an architecture's descriptors look like.

use crate::Level;
use addr::HostPhys;
use core::fmt;

/// What a descriptor says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<Attributes> {
    /// No translation.
    Invalid,
    /// The next level's table.
    Table(HostPhys),
    /// A block or page.
    Leaf(HostPhys, Attributes),
}

/// A descriptor format: 64-bit entries, 512 a table, 4 KiB pages. The value 0 is invalid at every level.
pub trait Format {
    /// The type of an input address.
    type Input: Copy + fmt::Debug + PartialEq;
    /// What a mapping permits, and its memory type.
    type Attributes: Copy + fmt::Debug + PartialEq;

    /// The highest level at which a descriptor may be a leaf.
    const LARGEST_LEAF: Level;

    /// The raw value of an input address.
    fn raw(input: Self::Input) -> u64;

    /// The input address of a raw value.
    fn input(raw: u64) -> Self::Input;

    /// The descriptor that maps one entry of `level` to `output`, which is aligned to the entry's size.
    fn leaf(level: Level, output: HostPhys, attributes: Self::Attributes) -> u64;

    /// The descriptor that leads to the table `next`.
    fn table(next: HostPhys) -> u64;

    /// What a `descriptor` found at `level` says. Never [`Entry::Table`] at [`Level::L3`].
    fn decode(level: Level, descriptor: u64) -> Entry<Self::Attributes>;
}
