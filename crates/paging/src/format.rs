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

/// What the TLBs of an architecture want done when an entry changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maintenance {
    /// Arm (DDI 0487, chapter D8, "Using break-before-make"): an entry that was valid is made invalid and
    /// invalidated in the TLBs before it becomes valid with another meaning. Invalid entries are never cached.
    BreakBeforeMake,
    /// RISC-V (privileged specification, "Supervisor Memory-Management Fence Instruction"): an entry may be
    /// replaced at once, and the old or the new one is used until the range is invalidated. Invalid entries may
    /// be cached as well, so that a new mapping needs it too.
    AfterEveryChange,
}

/// What descriptors of every format of an architecture look like, whatever their leaves permit.
pub trait Shape {
    /// The highest level at which a descriptor may be a leaf.
    const LARGEST_LEAF: Level;

    /// The descriptor that leads to the table `next`.
    fn table(next: HostPhys) -> u64;

    /// What a `descriptor` found at `level` is. Never [`Entry::Table`] at [`Level::L3`].
    fn kind(level: Level, descriptor: u64) -> Entry<()>;
}

/// A descriptor format: 64-bit entries, 512 a table, 4 KiB pages. The value 0 is invalid at every level.
///
/// A value of the type is what varies between the trees of one format: which optional bits their leaves use.
pub trait Format: Copy {
    /// The type of an input address.
    type Input: Copy + fmt::Debug + PartialEq;
    /// What a mapping permits, and its memory type.
    type Attributes: Copy + fmt::Debug + PartialEq;

    /// What they look like.
    type Shape: Shape + fmt::Debug;

    /// What TLBs want done when an entry changes.
    const MAINTENANCE: Maintenance;

    /// Whether the bits above the width of the input address space repeat its highest bit; they are 0 if not.
    const SIGN_EXTENDED: bool;

    /// The raw value of an input address.
    fn raw(input: Self::Input) -> u64;

    /// The input address of a raw value.
    fn input(raw: u64) -> Self::Input;

    /// The descriptor that maps one entry of `level` to `output`, which is aligned to the entry's size.
    fn leaf(self, level: Level, output: HostPhys, attributes: Self::Attributes) -> u64;

    /// What a leaf permits.
    fn attributes(descriptor: u64) -> Self::Attributes;
}
