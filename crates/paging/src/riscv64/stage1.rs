//! Stage 1 of HS-mode: the hypervisor's own map.

use super::entry::{self, EXECUTABLE, MemoryTypes, PageTableEntry, READABLE, WRITABLE};
use super::mode::{Mode, PHYSICAL_BITS};
use crate::{Format, Level, Maintenance, MapError, Tables, Tree};
use addr::{HostPhys, HypVirt};

/// What the hypervisor may do with a mapping. Writable and executable cannot be expressed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage1Attributes {
    /// RAM to read and execute.
    Code,
    /// RAM to read.
    Constant,
    /// RAM to read and write.
    Data,
    /// Device registers to read and write.
    Device,
}

impl Stage1Attributes {
    fn from_leaf(leaf: u64) -> Self {
        if entry::is_device(leaf) {
            Self::Device
        } else if leaf & EXECUTABLE != 0 {
            Self::Code
        } else if leaf & WRITABLE != 0 {
            Self::Data
        } else {
            Self::Constant
        }
    }
}

/// The entry format of HS-mode's stage 1.
#[derive(Clone, Copy, Debug)]
pub struct HsStage1 {
    types: MemoryTypes,
}

impl Format for HsStage1 {
    type Input = HypVirt;
    type Attributes = Stage1Attributes;
    type Shape = PageTableEntry;

    const MAINTENANCE: Maintenance = Maintenance::AfterEveryChange;
    const SIGN_EXTENDED: bool = true;

    fn raw(input: HypVirt) -> u64 {
        input.raw()
    }

    fn input(raw: u64) -> HypVirt {
        HypVirt::new(raw)
    }

    fn leaf(self, _: Level, output: HostPhys, attributes: Stage1Attributes) -> u64 {
        match attributes {
            Stage1Attributes::Code => entry::ram(output, READABLE | EXECUTABLE),
            Stage1Attributes::Constant => entry::ram(output, READABLE),
            Stage1Attributes::Data => entry::ram(output, READABLE | WRITABLE),
            Stage1Attributes::Device => entry::device(output, READABLE | WRITABLE, self.types),
        }
    }

    fn attributes(entry: u64) -> Stage1Attributes {
        Stage1Attributes::from_leaf(entry)
    }
}

/// The hypervisor's address space: 39 or 48 bits of virtual address, of which the lower half is at 0 and the
/// upper half, sign-extended, at the end of 64 bits.
pub type Stage1 = Tree<HsStage1>;

impl Stage1 {
    /// An empty address space.
    ///
    /// # Errors
    /// [`MapError::OutOfTables`].
    pub fn new(tables: &mut impl Tables, mode: Mode, types: MemoryTypes) -> Result<Self, MapError> {
        Self::with_geometry(HsStage1 { types }, tables, mode.top(), mode.virtual_bits(), PHYSICAL_BITS)
    }

    /// The address space that code before this one has begun: `root` is its highest table. Leaves must have A and
    /// D set and U clear, as all that follow will.
    pub fn adopt(root: HostPhys, mode: Mode, types: MemoryTypes) -> Self {
        Self::with_root(HsStage1 { types }, root, mode.top(), mode.virtual_bits(), PHYSICAL_BITS)
    }

    /// The number of table pages that these mappings (virtual address, physical address, bytes) take at
    /// most, the root included.
    pub fn worst_case_pages(
        mode: Mode,
        regions: impl IntoIterator<Item = (HypVirt, HostPhys, u64)>,
    ) -> usize {
        Self::pages_at_most(mode.top(), mode.virtual_bits(), regions)
    }

    /// The value of satp for this address space, with ASID 0.
    pub fn satp(&self) -> u64 {
        Mode::of_top(self.top()).with_root(self.root())
    }
}
