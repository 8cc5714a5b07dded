//! G-stage: what a zone's guest-physical addresses lead to (privileged specification, "Two-Stage Address
//! Translation").

use super::entry::{self, EXECUTABLE, MemoryTypes, PageTableEntry, READABLE, USER, WRITABLE};
use super::mode::{Mode, PHYSICAL_BITS};
use crate::{Format, Level, Maintenance, MapError, Tables, Tree};
use addr::{GuestPhys, HostPhys};

/// VMID, bits 57:44 of hgatp.
const VMID_SHIFT: u32 = 44;
/// The most that VMID holds. A hart may implement fewer of its bits.
const LAST_VMID: u16 = 0x3fff;

/// What a zone may do with a mapping. A device can never be executed, and everything is readable: neither can be
/// expressed otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GStageAttributes {
    /// RAM.
    Ram {
        /// The zone may write.
        writable: bool,
        /// The zone may execute.
        executable: bool,
    },
    /// Device registers, an interrupt file among them, to read and write.
    Device,
}

impl GStageAttributes {
    /// A zone's ordinary RAM.
    pub const RAM: Self = Self::Ram { writable: true, executable: true };

    fn permissions(self) -> u64 {
        let (writable, executable) = match self {
            Self::Ram { writable, executable } => (writable, executable),
            Self::Device => (true, false),
        };
        let write = if writable { WRITABLE } else { 0 };
        let execute = if executable { EXECUTABLE } else { 0 };
        READABLE | USER | write | execute
    }
}

/// The entry format of the G-stage.
#[derive(Clone, Copy, Debug)]
pub struct GuestGStage {
    types: MemoryTypes,
}

impl Format for GuestGStage {
    type Input = GuestPhys;
    type Attributes = GStageAttributes;
    type Shape = PageTableEntry;

    const MAINTENANCE: Maintenance = Maintenance::AfterEveryChange;
    const SIGN_EXTENDED: bool = false;

    fn raw(input: GuestPhys) -> u64 {
        input.raw()
    }

    fn input(raw: u64) -> GuestPhys {
        GuestPhys::new(raw)
    }

    fn leaf(self, _: Level, output: HostPhys, attributes: GStageAttributes) -> u64 {
        match attributes {
            GStageAttributes::Ram { .. } => entry::ram(output, attributes.permissions()),
            GStageAttributes::Device => entry::device(output, attributes.permissions(), self.types),
        }
    }

    fn attributes(entry: u64) -> GStageAttributes {
        if entry::is_device(entry) {
            return GStageAttributes::Device;
        }
        GStageAttributes::Ram { writable: entry & WRITABLE != 0, executable: entry & EXECUTABLE != 0 }
    }
}

/// A zone's address space: 41 or 50 bits of guest-physical address below a root of 16 KiB.
pub type GStage = Tree<GuestGStage>;

impl GStage {
    /// An empty address space.
    ///
    /// # Errors
    /// [`MapError::OutOfTables`].
    pub fn new(tables: &mut impl Tables, mode: Mode, types: MemoryTypes) -> Result<Self, MapError> {
        Self::with_geometry(GuestGStage { types }, tables, mode.top(), mode.guest_bits(), PHYSICAL_BITS)
    }

    /// The number of table pages that a zone with these mappings (guest-physical address, physical address,
    /// bytes) takes at most, the four of its root included.
    pub fn worst_case_pages(
        mode: Mode,
        regions: impl IntoIterator<Item = (GuestPhys, HostPhys, u64)>,
    ) -> usize {
        Self::pages_at_most(mode.top(), mode.guest_bits(), regions)
    }

    /// The value of hgatp for this address space under `vmid`; `None` where the register has no such VMID.
    /// Whether the hart implements all of its bits is for the caller to find out (write them, read back).
    pub fn hgatp(&self, vmid: u16) -> Option<u64> {
        let value = Mode::of_top(self.top()).with_root(self.root());
        (vmid <= LAST_VMID).then_some(value | (u64::from(vmid) << VMID_SHIFT))
    }
}
