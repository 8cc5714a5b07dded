//! The records as they lie in the bundle. All numbers are little-endian and at multiples of four bytes;
//! reserved fields are zero.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::MAX_PEERS;
use crate::number::{U32, U64};

/// The head of the bundle.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Header {
    /// [`crate::MAGIC`].
    pub(crate) magic: [u8; 8],
    /// [`crate::VERSION`].
    pub(crate) version: U32,
    /// [`ARCH_ARM64`] or [`ARCH_RISCV64`].
    pub(crate) arch: U32,
    /// Bytes of the header and all tables.
    pub(crate) manifest_size: U32,
    /// CRC-32 (ISO-HDLC, as in gzip) of the first `manifest_size` bytes with this field zero.
    pub(crate) checksum: U32,
    /// Bytes of the whole bundle.
    pub(crate) bundle_size: U64,
    /// Bit 0: [`FLAG_COLOUR`].
    pub(crate) flags: U32,
    pub(crate) zone_count: U32,
    pub(crate) cpu_count: U32,
    pub(crate) region_count: U32,
    pub(crate) interrupt_count: U32,
    pub(crate) reset_count: U32,
    pub(crate) channel_count: U32,
    pub(crate) load_count: U32,
}

/// The console colours its lines.
pub(crate) const FLAG_COLOUR: u32 = 1;
/// AArch64.
pub(crate) const ARCH_ARM64: u32 = 1;
/// RV64.
pub(crate) const ARCH_RISCV64: u32 = 2;

/// The entries of one table that belong to a zone.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Span {
    pub(crate) first: U32,
    pub(crate) count: U32,
}

/// A range of guest-physical addresses in which a device is emulated.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct FrameRecord {
    pub(crate) start: U64,
    /// In bytes; zero where the device is absent.
    pub(crate) size: U64,
}

/// One zone.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct ZoneRecord {
    /// Padded with zeros; at least one zero.
    pub(crate) name: [u8; 32],
    pub(crate) cpus: Span,
    pub(crate) regions: Span,
    pub(crate) interrupts: Span,
    pub(crate) resets: Span,
    pub(crate) loads: Span,
    /// Guest-physical address of the first instruction.
    pub(crate) entry: U64,
    /// The first argument register at entry.
    pub(crate) argument: U64,
    /// What the frames mean: [`CONTROLLER_GICV2`], [`CONTROLLER_GICV3`], [`CONTROLLER_GICV3_DIRECT`],
    /// [`CONTROLLER_AIA`] or [`CONTROLLER_PLIC`].
    pub(crate) controller: U32,
    /// Interrupts shared by all vCPUs that the controller has.
    pub(crate) controller_interrupts: U32,
    pub(crate) controller_frames: [FrameRecord; 2],
    pub(crate) uart: FrameRecord,
    pub(crate) uart_interrupt: U32,
    /// [`UART_PL011`] or [`UART_NS16550`]; zero where there is none.
    pub(crate) uart_kind: U32,
}

/// GICv2: frame 0 is the distributor, frame 1 the CPU interface.
pub(crate) const CONTROLLER_GICV2: u32 = 2;
/// GICv3: frame 0 is the distributor, frame 1 the redistributors in vCPU order.
pub(crate) const CONTROLLER_GICV3: u32 = 3;

/// GICv3 whose interrupts are delivered directly, with the same frames.
pub(crate) const CONTROLLER_GICV3_DIRECT: u32 = 6;

/// AIA: frame 0 is the APLIC domain, frame 1 the supervisor-level interrupt files in vCPU order.
pub(crate) const CONTROLLER_AIA: u32 = 4;
/// PLIC: frame 0; frame 1 is absent.
pub(crate) const CONTROLLER_PLIC: u32 = 5;

/// PL011.
pub(crate) const UART_PL011: u32 = 0;
/// NS16550A.
pub(crate) const UART_NS16550: u32 = 1;

/// A CPU by its MPIDR_EL1 affinity fields or its hart id.
pub(crate) type CpuRecord = U64;

/// A piece of guest-physical memory.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct RegionRecord {
    pub(crate) ipa: U64,
    pub(crate) hpa: U64,
    pub(crate) size: U64,
    pub(crate) kind: U32,
    pub(crate) reserved: U32,
}

/// [`RegionRecord::kind`] of memory.
pub(crate) const KIND_RAM: u32 = 0;
/// [`RegionRecord::kind`] of a device's registers, whole pages.
pub(crate) const KIND_DEVICE: u32 = 1;
/// [`RegionRecord::kind`] of a device's registers in a page with others.
pub(crate) const KIND_SHARED_PAGE: u32 = 2;

/// A physical interrupt that arrives at a guest.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct InterruptRecord {
    pub(crate) virtual_number: U32,
    pub(crate) physical_number: U32,
    pub(crate) trigger: U32,
}

/// [`InterruptRecord::trigger`] of a level-sensitive interrupt.
pub(crate) const TRIGGER_LEVEL: u32 = 0;
/// [`InterruptRecord::trigger`] of an edge-triggered interrupt.
pub(crate) const TRIGGER_EDGE: u32 = 1;

/// What is done to a device of a zone before the zone starts again.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct ResetRecord {
    /// A register of the device.
    pub(crate) hpa: U64,
    /// What it is to hold.
    pub(crate) value: U32,
    /// [`RESET_WRITE_BYTE`], [`RESET_WRITE_WORD`], [`RESET_AWAIT_WORD`] or [`RESET_UNKNOWN`].
    pub(crate) action: U32,
}

/// [`ResetRecord::action`]: the byte is written.
pub(crate) const RESET_WRITE_BYTE: u32 = 0;
/// [`ResetRecord::action`]: the 32 bits are written.
pub(crate) const RESET_WRITE_WORD: u32 = 1;
/// [`ResetRecord::action`]: the 32 bits are read until they are the value.
pub(crate) const RESET_AWAIT_WORD: u32 = 2;
/// [`ResetRecord::action`]: nobody knows how; the value is zero.
pub(crate) const RESET_UNKNOWN: u32 = 3;

/// Memory that zones share.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct ChannelRecord {
    /// As a zone's.
    pub(crate) name: [u8; 32],
    /// The common section; the output sections follow it.
    pub(crate) hpa: U64,
    /// In bytes, below 4 GiB; may be zero.
    pub(crate) rw_size: U64,
    /// In bytes, of one output section, below 4 GiB.
    pub(crate) out_size: U64,
    /// How many of `peers` there are; the others mean nothing.
    pub(crate) peer_count: U32,
    pub(crate) reserved: U32,
    pub(crate) peers: [PeerRecord; MAX_PEERS],
}

/// A zone's end of a channel.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct PeerRecord {
    /// Its place in the table of zones.
    pub(crate) zone: U32,
    /// At the zone's interrupt controller.
    pub(crate) interrupt: U32,
    /// Zero where no line of the board belongs to it.
    pub(crate) physical: U32,
    pub(crate) reserved: U32,
    /// Of the control table.
    pub(crate) control_ipa: U64,
    /// Of the shared memory.
    pub(crate) shared_ipa: U64,
}

/// Bytes of the bundle that are copied into the guest's RAM before it starts.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct LoadRecord {
    /// From the start of the bundle.
    pub(crate) offset: U64,
    pub(crate) size: U64,
    pub(crate) ipa: U64,
}
