//! What stage-1 and stage-2 descriptors have in common (DDI 0487, chapter D8,
//! "Translation table descriptor formats").

use crate::{Entry, Level, Shape};
use addr::HostPhys;

/// Bit 0: the descriptor is valid.
const VALID: u64 = 1 << 0;
/// Bit 1: a table at levels 0 to 2; set for a page at level 3, clear for a block.
const TABLE_OR_PAGE: u64 = 1 << 1;
/// Bits 47:12, the next table or the output address.
const ADDRESS: u64 = 0x0000_ffff_ffff_f000;

/// SH, bits 9:8: inner shareable.
pub(super) const INNER_SHAREABLE: u64 = 0b11 << 8;
/// AF, bit 10: accessed. Always set, so that no access flag fault exists.
pub(super) const ACCESSED: u64 = 1 << 10;
/// XN (bit 54): not executable. With FEAT_XNX and stage 2, bit 53 clear makes that hold for EL1 and EL0.
pub(super) const EXECUTE_NEVER: u64 = 1 << 54;

/// Descriptors of either stage.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor;

impl Shape for Descriptor {
    const LARGEST_LEAF: Level = Level::L1;

    fn table(next: HostPhys) -> u64 {
        (next.raw() & ADDRESS) | TABLE_OR_PAGE | VALID
    }

    fn kind(level: Level, descriptor: u64) -> Entry<()> {
        let address = HostPhys::new(descriptor & ADDRESS);
        match (descriptor & VALID != 0, descriptor & TABLE_OR_PAGE != 0, level) {
            (true, true, Level::L3) => Entry::Leaf(address, ()),
            (true, true, _) => Entry::Table(address),
            // A block descriptor is reserved at level 3, and at level 0 without FEAT_LPA2.
            (true, false, Level::L1 | Level::L2) => Entry::Leaf(address, ()),
            _ => Entry::Invalid,
        }
    }
}

/// A block or page descriptor with the given lower and upper attributes.
pub(super) fn leaf(level: Level, output: HostPhys, attributes: u64) -> u64 {
    let page = if level == Level::L3 { TABLE_OR_PAGE } else { 0 };
    (output.raw() & ADDRESS) | attributes | page | VALID
}
