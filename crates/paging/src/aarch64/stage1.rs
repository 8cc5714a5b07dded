//! Stage 1 of EL2 with HCR_EL2.E2H clear: the hypervisor's own map (DDI 0487, chapter D8).

use super::descriptor::{self, ACCESSED, Descriptor, EXECUTE_NEVER, INNER_SHAREABLE};
use super::physical_size::ps_field;
use crate::{Format, Level, Maintenance, MapError, Tables, Tree};
use addr::{HostPhys, HypVirt};

/// Width of the hypervisor's virtual addresses. The full width, on every machine: whatever physical address
/// the machine has can be mapped at its own value.
const VIRTUAL_BITS: u8 = 48;

/// The value of MAIR_EL2 that [`Stage1Attributes`] relies on: index 0 Normal write-back write-allocate, 1
/// Device-nGnRE, 2 Normal non-cacheable.
pub const MAIR_EL2: u64 = 0x44_04_ff;

/// AttrIndx, bits 4:2: the index into MAIR_EL2.
const INDEX_WRITE_BACK: u64 = 0 << 2;
const INDEX_DEVICE: u64 = 1 << 2;
const INDEX_NON_CACHEABLE: u64 = 2 << 2;
const INDEX_MASK: u64 = 0b111 << 2;
/// AP bit 1, bit 6 of a descriptor: RES1 in a translation regime of one exception level.
const AP1_RES1: u64 = 1 << 6;
/// AP bit 2, bit 7 of a descriptor: read-only.
const READ_ONLY: u64 = 1 << 7;

/// TCR_EL2 fields that never vary: walks write-back and inner shareable, 4 KiB granule, bits 31 and 23 RES1
/// (DDI 0487, "TCR_EL2", E2H clear).
const TCR_IRGN0_WRITE_BACK: u64 = 0b01 << 8;
const TCR_ORGN0_WRITE_BACK: u64 = 0b01 << 10;
const TCR_SH0_INNER: u64 = 0b11 << 12;
const TCR_TG0_4K: u64 = 0b00 << 14;
const TCR_RES1: u64 = (1 << 31) | (1 << 23);

/// What the hypervisor may do with its normal memory. Writable and executable cannot be expressed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Constants.
    ReadOnly,
    /// Data and stacks.
    ReadWrite,
    /// Code.
    ReadExecute,
}

/// Memory type and permission of a mapping of the hypervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage1Attributes {
    /// Normal memory, write-back, inner shareable.
    Normal(Permission),
    /// Normal memory, non-cacheable, read-write.
    NonCacheable,
    /// Device-nGnRE, read-write.
    Device,
}

impl Stage1Attributes {
    fn bits(self) -> u64 {
        let specific = match self {
            Self::Normal(permission) => {
                INDEX_WRITE_BACK
                    | INNER_SHAREABLE
                    | match permission {
                        Permission::ReadOnly => READ_ONLY | EXECUTE_NEVER,
                        Permission::ReadWrite => EXECUTE_NEVER,
                        Permission::ReadExecute => READ_ONLY,
                    }
            }
            Self::NonCacheable => INDEX_NON_CACHEABLE | INNER_SHAREABLE | EXECUTE_NEVER,
            Self::Device => INDEX_DEVICE | EXECUTE_NEVER,
        };
        specific | AP1_RES1 | ACCESSED
    }

    fn from_bits(descriptor: u64) -> Self {
        match descriptor & INDEX_MASK {
            INDEX_WRITE_BACK => Self::Normal(match descriptor & (READ_ONLY | EXECUTE_NEVER) {
                READ_ONLY => Permission::ReadExecute,
                EXECUTE_NEVER => Permission::ReadWrite,
                _ => Permission::ReadOnly,
            }),
            INDEX_NON_CACHEABLE => Self::NonCacheable,
            _ => Self::Device,
        }
    }
}

/// The descriptor format of EL2's stage 1.
#[derive(Clone, Copy, Debug)]
pub struct El2Stage1;

impl Format for El2Stage1 {
    type Input = HypVirt;
    type Attributes = Stage1Attributes;
    type Shape = Descriptor;

    const MAINTENANCE: Maintenance = Maintenance::BreakBeforeMake;
    const SIGN_EXTENDED: bool = false;

    fn raw(input: HypVirt) -> u64 {
        input.raw()
    }

    fn input(raw: u64) -> HypVirt {
        HypVirt::new(raw)
    }

    fn leaf(self, level: Level, output: HostPhys, attributes: Stage1Attributes) -> u64 {
        descriptor::leaf(level, output, attributes.bits())
    }

    fn attributes(descriptor: u64) -> Stage1Attributes {
        Stage1Attributes::from_bits(descriptor)
    }
}

/// The hypervisor's address space: 48 bits of virtual address, a walk from level 0.
pub type Stage1 = Tree<El2Stage1>;

impl Stage1 {
    /// An empty address space over `pa_bits` of physical address: 32, 36, 40, 42, 44 or 48, see
    /// [`super::physical_bits`].
    ///
    /// # Errors
    /// [`MapError::UnsupportedSize`], [`MapError::OutOfTables`].
    pub fn new(tables: &mut impl Tables, pa_bits: u8) -> Result<Self, MapError> {
        ps_field(pa_bits)?;
        Self::with_geometry(El2Stage1, tables, Level::L0, VIRTUAL_BITS, pa_bits)
    }

    /// The address space that code before this one has begun: `root` is its level-0 table.
    ///
    /// # Errors
    /// [`MapError::UnsupportedSize`].
    pub fn adopt(root: HostPhys, pa_bits: u8) -> Result<Self, MapError> {
        ps_field(pa_bits)?;
        Ok(Self::with_root(El2Stage1, root, Level::L0, VIRTUAL_BITS, pa_bits))
    }

    /// The number of table pages that these mappings (virtual address, physical address, bytes) take at
    /// most, the root included.
    pub fn worst_case_pages(regions: impl IntoIterator<Item = (HypVirt, HostPhys, u64)>) -> usize {
        Self::pages_at_most(Level::L0, VIRTUAL_BITS, regions)
    }

    /// The value of TCR_EL2 for this address space.
    pub fn tcr(&self) -> u64 {
        let t0sz = 64u64.saturating_sub(u64::from(self.input_bits()));
        // `new` refused every size without an encoding.
        let ps = ps_field(self.output_bits()).unwrap_or(0) << 16;
        TCR_RES1 | TCR_TG0_4K | TCR_SH0_INNER | TCR_ORGN0_WRITE_BACK | TCR_IRGN0_WRITE_BACK | ps | t0sz
    }

    /// The value of TTBR0_EL2 for this address space.
    pub fn ttbr0(&self) -> u64 {
        self.root().raw()
    }
}
