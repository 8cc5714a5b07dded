//! Stage 2: what a zone's IPAs lead to (DDI 0487, chapter D8; without FEAT_S2FWB).

use super::descriptor::{self, ACCESSED, Descriptor, EXECUTE_NEVER, INNER_SHAREABLE};
use super::physical_size::ps_field;
use crate::{Format, Level, Maintenance, MapError, Tables, Tree};
use addr::{GuestPhys, HostPhys};

/// MemAttr, bits 5:2: Normal, inner and outer write-back. The guest's own stage 1 may weaken it.
const MEMORY_WRITE_BACK: u64 = 0b1111 << 2;
/// MemAttr: Device-nGnRE.
const MEMORY_DEVICE_NGNRE: u64 = 0b0001 << 2;
const MEMORY_MASK: u64 = 0b1111 << 2;
/// S2AP, bits 7:6.
const READABLE: u64 = 0b01 << 6;
const WRITABLE: u64 = 0b10 << 6;

/// VTCR_EL2 fields that never vary: walks inner and outer write-back write-allocate, inner shareable, 4 KiB
/// granule, bit 31 RES1 (DDI 0487, "VTCR_EL2").
const VTCR_IRGN0_WRITE_BACK: u64 = 0b01 << 8;
const VTCR_ORGN0_WRITE_BACK: u64 = 0b01 << 10;
const VTCR_SH0_INNER: u64 = 0b11 << 12;
const VTCR_TG0_4K: u64 = 0b00 << 14;
const VTCR_VS_16_BIT: u64 = 1 << 19;
const VTCR_RES1: u64 = 1 << 31;

/// What a zone may do with a mapping. A device can never be executed, and everything is readable: neither
/// can be expressed otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage2Attributes {
    /// Normal memory, inner and outer write-back, inner shareable.
    Ram {
        /// The zone may write.
        writable: bool,
        /// The zone may execute.
        executable: bool,
    },
    /// Device-nGnRE: no gathering, no reordering, early write acknowledgement.
    Device {
        /// The zone may write.
        writable: bool,
    },
}

impl Stage2Attributes {
    /// A zone's ordinary RAM.
    pub const RAM: Self = Self::Ram { writable: true, executable: true };
    /// Memory that a zone may only read.
    pub const READ_ONLY: Self = Self::Ram { writable: false, executable: false };
    /// A device's registers.
    pub const DEVICE: Self = Self::Device { writable: true };

    fn bits(self) -> u64 {
        let (memory, writable, executable) = match self {
            Self::Ram { writable, executable } => (MEMORY_WRITE_BACK | INNER_SHAREABLE, writable, executable),
            Self::Device { writable } => (MEMORY_DEVICE_NGNRE, writable, false),
        };
        let write = if writable { WRITABLE } else { 0 };
        let never = if executable { 0 } else { EXECUTE_NEVER };
        memory | READABLE | write | never | ACCESSED
    }

    fn from_bits(descriptor: u64) -> Self {
        let writable = descriptor & WRITABLE != 0;
        if descriptor & MEMORY_MASK == MEMORY_WRITE_BACK {
            Self::Ram { writable, executable: descriptor & EXECUTE_NEVER == 0 }
        } else {
            Self::Device { writable }
        }
    }
}

/// The descriptor format of stage 2.
#[derive(Clone, Copy, Debug)]
pub struct GuestStage2;

impl Format for GuestStage2 {
    type Input = GuestPhys;
    type Attributes = Stage2Attributes;
    type Shape = Descriptor;

    const MAINTENANCE: Maintenance = Maintenance::BreakBeforeMake;
    const SIGN_EXTENDED: bool = false;

    fn raw(input: GuestPhys) -> u64 {
        input.raw()
    }

    fn input(raw: u64) -> GuestPhys {
        GuestPhys::new(raw)
    }

    fn leaf(self, level: Level, output: HostPhys, attributes: Stage2Attributes) -> u64 {
        descriptor::leaf(level, output, attributes.bits())
    }

    fn attributes(descriptor: u64) -> Stage2Attributes {
        Stage2Attributes::from_bits(descriptor)
    }
}

/// Width of a VMID: ID_AA64MMFR1_EL1.VMIDBits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VmidWidth {
    /// 8 bits, VMIDs 0 to 255.
    Bits8,
    /// 16 bits (FEAT_VMID16).
    Bits16,
}

/// A zone's address space.
pub type Stage2 = Tree<GuestStage2>;

impl Stage2 {
    /// An empty address space with as many bits of IPA as the machine has of physical address: 32, 36, 40,
    /// 42, 44 or 48, see [`super::physical_bits`].
    ///
    /// Up to 42 bits the walk begins at level 1, with 2 to 8 concatenated tables above 39 bits: level 0 is
    /// not a legal start there (VTCR_EL2.SL0). Above that it begins at level 0 with one table.
    ///
    /// # Errors
    /// [`MapError::UnsupportedSize`], [`MapError::OutOfTables`].
    pub fn new(tables: &mut impl Tables, pa_bits: u8) -> Result<Self, MapError> {
        ps_field(pa_bits)?;
        Self::with_geometry(GuestStage2, tables, start_level(pa_bits), pa_bits, pa_bits)
    }

    /// The number of table pages that a zone with these mappings (IPA, physical address, bytes) takes at
    /// most, its root included.
    ///
    /// # Errors
    /// [`MapError::UnsupportedSize`].
    pub fn worst_case_pages(
        pa_bits: u8,
        regions: impl IntoIterator<Item = (GuestPhys, HostPhys, u64)>,
    ) -> Result<usize, MapError> {
        ps_field(pa_bits)?;
        Ok(Self::pages_at_most(start_level(pa_bits), pa_bits, regions))
    }

    /// The value of VTCR_EL2 for this address space.
    pub fn vtcr(&self, vmid: VmidWidth) -> u64 {
        let t0sz = 64u64.saturating_sub(u64::from(self.input_bits()));
        // SL0, bits 7:6, for the 4 KiB granule: 2 starts at level 0, 1 at level 1.
        let sl0 = if self.top() == Level::L0 { 0b10 << 6 } else { 0b01 << 6 };
        let vs = if vmid == VmidWidth::Bits16 { VTCR_VS_16_BIT } else { 0 };
        // `new` refused every size without an encoding.
        let ps = ps_field(self.output_bits()).unwrap_or(0) << 16;
        VTCR_RES1
            | VTCR_TG0_4K
            | VTCR_SH0_INNER
            | VTCR_ORGN0_WRITE_BACK
            | VTCR_IRGN0_WRITE_BACK
            | vs
            | ps
            | sl0
            | t0sz
    }

    /// The value of VTTBR_EL2 for this address space under `vmid`; with [`VmidWidth::Bits8`] the machine
    /// ignores bits 15:8 of it.
    pub fn vttbr(&self, vmid: u16) -> u64 {
        (u64::from(vmid) << 48) | self.root().raw()
    }
}

fn start_level(ipa_bits: u8) -> Level {
    if ipa_bits <= 42 { Level::L1 } else { Level::L0 }
}
