//! The binary contract between the host tool, which writes a *bundle*, and the hypervisor, which reads it and
//! trusts nothing in it.
//!
//! A bundle is one file: the manifest at offset 0, then the blobs it refers to (kernels, initrds, device
//! trees), each at an offset that is a multiple of [`PAGE_SIZE`](addr::PAGE_SIZE). The manifest is a header
//! followed by seven tables, back to back in this order: zones, CPUs, regions, interrupts, resets, channels, loads; `record.rs`
//! lays down every field. Numbers are little-endian. A zone's entries in a table follow those of the zone
//! before it, so that no entry can belong to two zones.
//!
//! [`Manifest::parse`] checks everything that can be checked without the machine, and
//! [`Manifest::check_board`] the rest. No function here allocates, panics or loops further than the limits
//! below, whatever the bytes say.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

#[cfg(feature = "write")]
extern crate alloc;

mod board;
mod channel;
mod error;
mod name;
mod number;
mod parse;
mod record;
mod validate;
#[cfg(feature = "write")]
mod write;
mod zone;

pub use board::{BoardError, BoardView, Reserved};
pub use channel::{Channel, ChannelIndex, Peer, PeerId, Section};
pub use error::{ManifestError, Occupant};
pub use name::ZoneName;
pub use parse::{Arch, Manifest};
#[cfg(feature = "write")]
pub use write::{BuildError, ChannelSpec, LoadSpec, PeerSpec, ZoneSpec, write};
pub use zone::{
    Aia, Controller, Delivery, Gic, GicVersion, Interrupt, Load, Plic, Region, RegionKind, Reset,
    ResetAction, Trigger, Uart, UartKind, Zone, ZoneIndex,
};

/// The first bytes of every bundle.
pub const MAGIC: [u8; 8] = *b"BULKHEAD";
/// The version of the format that this crate reads and writes.
pub const VERSION: u32 = 4;

/// The most zones in a manifest.
pub const MAX_ZONES: usize = 16;
/// The most CPUs that all zones together own.
pub const MAX_CPUS: usize = 64;
/// The most memory regions of all zones together.
pub const MAX_REGIONS: usize = 128;
/// The most passed-through interrupts of all zones together.
pub const MAX_INTERRUPTS: usize = 1024;
/// The most steps of resetting all devices of all zones together.
pub const MAX_RESETS: usize = 256;
/// The most loads of all zones together.
pub const MAX_LOADS: usize = 128;
/// The most channels.
pub const MAX_CHANNELS: usize = 16;
/// The most channels that a zone is a peer of.
pub const MAX_CHANNELS_OF_ZONE: usize = 8;
/// The most peers of a channel.
pub const MAX_PEERS: usize = 16;
/// The most shared peripheral interrupts of a guest's interrupt controller: the largest multiple of 32 below
/// the architecture's 988 (GIC specification IHI 0069, 2.2.1).
pub const MAX_SPIS: u32 = 960;
/// The most sources of a guest's APLIC domain or PLIC (AIA 1.0, 4.5; PLIC 1.0, 1): numbers 1 to 1023.
pub const MAX_SOURCES: u32 = 1023;
/// Width of guest- and host-physical addresses, in bits: the most that stage 2 translates with 4 KiB pages and
/// without LPA2 (Arm ARM DDI 0487, D8.1). Sv48x4 reaches further (50 bits); Sv39x4 does not (41 bits), which the
/// hypervisor checks when it maps.
pub const ADDRESS_BITS: u32 = 48;

/// The most vCPUs of a zone with a GICv2: a byte of GICD_ITARGETSR names them (GIC specification IHI 0048, 4.3.12).
pub const MAX_GICV2_VCPUS: u64 = 8;
/// Bytes of a GICv2 distributor's frame (IHI 0048, 4.1.2).
pub const GICV2_DISTRIBUTOR_SIZE: u64 = 0x1000;
/// Bytes of a GICv2 CPU interface's frame: GICC_DIR begins a second page (IHI 0048, 4.1.3).
pub const GICV2_CPU_INTERFACE_SIZE: u64 = 0x2000;
/// Bytes of a GICv3 distributor's frame (GIC specification IHI 0069, 12.8).
pub const DISTRIBUTOR_SIZE: u64 = 0x1_0000;
/// Bytes of one GICv3 redistributor without virtual LPIs: RD_base and SGI_base (IHI 0069, 12.10).
pub const REDISTRIBUTOR_SIZE: u64 = 0x2_0000;

/// Bytes that an APLIC domain's frame has at least: its registers without interrupt delivery control, which MSI
/// delivery does without (AIA 1.0, 4.5).
pub const APLIC_SIZE: u64 = 0x4000;
/// Bytes from one vCPU's interrupt file to the next: a zone's harts have a supervisor file each and no guest files.
pub const INTERRUPT_FILE_SIZE: u64 = addr::PAGE_SIZE;
/// Offset of context 0's threshold and claim registers in a PLIC's frame (PLIC 1.0, 3).
pub const PLIC_CONTEXTS: u64 = 0x20_0000;
/// Bytes of the threshold and claim registers of one context of a PLIC (PLIC 1.0, 3).
pub const PLIC_CONTEXT_SIZE: u64 = 0x1000;
