//! What the entries of stage 1 and G-stage have in common (privileged specification, "Sv39: Page-Based 39-bit
//! Virtual-Memory System").

use crate::{Entry, Level, Shape};
use addr::HostPhys;

/// V, bit 0: the entry is valid.
const VALID: u64 = 1 << 0;
/// R, bit 1.
pub(super) const READABLE: u64 = 1 << 1;
/// W, bit 2. Reserved without R.
pub(super) const WRITABLE: u64 = 1 << 2;
/// X, bit 3. A valid entry with none of R, W and X leads to a table.
pub(super) const EXECUTABLE: u64 = 1 << 3;
/// U, bit 4: for U-mode, and for HS-mode not executable. All of a G-stage's accesses count as U-mode's.
pub(super) const USER: u64 = 1 << 4;
/// A and D, bits 6 and 7, in every leaf: whether a hart would set them itself or fault (Svade, Svadu) is then
/// all the same. G, bit 5, stays clear: it is reserved in a G-stage, and stage 1 is the only one there is.
const ACCESSED_AND_DIRTY: u64 = 0b11 << 6;
/// RSW, bits 9:8, are ignored by harts. The lower one marks a device, which reads back as one without Svpbmt too.
const IS_DEVICE: u64 = 1 << 8;
/// PPN, bits 53:10: bits 55:12 of the next table's or the output address.
const ADDRESS: u64 = 0x003f_ffff_ffff_fc00;
/// How far below its place in an address PPN lies.
const ADDRESS_SHIFT: u32 = 2;
/// PBMT, bits 62:61 (Svpbmt): IO, which is non-cacheable, non-idempotent and strongly ordered. 0 is PMA.
const TYPE_IO: u64 = 2 << 61;

/// Where a leaf's memory type comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemoryTypes {
    /// The physical memory attributes alone: the bits of Svpbmt are reserved, and stay clear.
    Physical,
    /// The extension Svpbmt, which every hart has and firmware has enabled (menvcfg.PBMTE): devices are IO, RAM is
    /// what its physical memory attributes say.
    Svpbmt,
}

/// Entries of either stage.
#[derive(Clone, Copy, Debug)]
pub struct PageTableEntry;

impl Shape for PageTableEntry {
    const LARGEST_LEAF: Level = Level::L1;

    /// U, A and D are reserved in it.
    fn table(next: HostPhys) -> u64 {
        address(next) | VALID
    }

    fn kind(level: Level, entry: u64) -> Entry<()> {
        let address = HostPhys::new((entry & ADDRESS) << ADDRESS_SHIFT);
        let permissions = entry & (READABLE | WRITABLE | EXECUTABLE);
        match (entry & VALID != 0, permissions, level) {
            (false, ..) | (true, 0, Level::L3) => Entry::Invalid,
            (true, 0, _) => Entry::Table(address),
            (true, ..) if permissions & (READABLE | WRITABLE) == WRITABLE => Entry::Invalid,
            (true, ..) => Entry::Leaf(address, ()),
        }
    }
}

/// A leaf with these permissions (R, W, X, U) for RAM.
pub(super) fn ram(output: HostPhys, permissions: u64) -> u64 {
    address(output) | ACCESSED_AND_DIRTY | permissions | VALID
}

/// A leaf with these permissions for device registers.
pub(super) fn device(output: HostPhys, permissions: u64, types: MemoryTypes) -> u64 {
    let memory = match types {
        MemoryTypes::Physical => 0,
        MemoryTypes::Svpbmt => TYPE_IO,
    };
    ram(output, permissions) | IS_DEVICE | memory
}

/// Whether the leaf was made by [`device`].
pub(super) const fn is_device(entry: u64) -> bool {
    entry & IS_DEVICE != 0
}

fn address(of: HostPhys) -> u64 {
    (of.raw() >> ADDRESS_SHIFT) & ADDRESS
}
