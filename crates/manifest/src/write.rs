//! Writing a bundle (host tool).

use alloc::string::String;
use alloc::vec::Vec;
use core::array;

use addr::{GuestPhys, HostPhys, PAGE_SIZE, Range};
use zerocopy::{FromBytes, IntoBytes};

use crate::error::ManifestError;
use crate::number::{U32, U64};
use crate::parse::{Arch, Manifest, checksum};
use crate::record::{
    ARCH_ARM64, ARCH_RISCV64, CONTROLLER_AIA, CONTROLLER_GICV2, CONTROLLER_GICV3, CONTROLLER_GICV3_DIRECT,
    CONTROLLER_PLIC, ChannelRecord, CpuRecord, FLAG_COLOUR, FrameRecord, Header, InterruptRecord,
    KIND_DEVICE, KIND_RAM, KIND_SHARED_PAGE, LoadRecord, PeerRecord, RESET_AWAIT_WORD, RESET_UNKNOWN,
    RESET_WRITE_BYTE, RESET_WRITE_WORD, RegionRecord, ResetRecord, Span, TRIGGER_EDGE, TRIGGER_LEVEL,
    UART_NS16550, UART_PL011, ZoneRecord,
};
use crate::zone::{
    Controller, Delivery, GicVersion, Interrupt, Region, RegionKind, Reset, ResetAction, Trigger, Uart,
    UartKind, ZoneIndex,
};
use crate::{MAGIC, VERSION};

/// Bytes for a guest's RAM.
#[derive(Clone, Copy, Debug)]
pub struct LoadSpec<'d> {
    /// The bytes; at least one.
    pub data: &'d [u8],
    /// Where they go.
    pub ipa: GuestPhys,
}

/// A zone to be written; the fields mean what the accessors of [`Zone`](crate::Zone) say.
#[derive(Clone, Debug)]
pub struct ZoneSpec<'d> {
    /// Name.
    pub name: String,
    /// Affinity or hart id of its CPUs in vCPU order.
    pub cpus: Vec<u64>,
    /// Memory.
    pub regions: Vec<Region>,
    /// Passed-through interrupts.
    pub interrupts: Vec<Interrupt>,
    /// What is done to its devices before it starts again.
    pub resets: Vec<Reset>,
    /// Loads.
    pub loads: Vec<LoadSpec<'d>>,
    /// First instruction.
    pub entry: GuestPhys,
    /// x0 or a1 at entry.
    pub argument: u64,
    /// Interrupt controller.
    pub controller: Controller,
    /// UART.
    pub uart: Option<Uart>,
}

/// A channel to be written; the fields mean what the accessors of [`Channel`](crate::Channel) say.
#[derive(Clone, Debug)]
pub struct ChannelSpec {
    /// Name.
    pub name: String,
    /// Where its memory is.
    pub hpa: HostPhys,
    /// Bytes of the section that all peers write.
    pub rw_size: u64,
    /// Bytes of each output section.
    pub out_size: u64,
    /// Its peers in their order.
    pub peers: Vec<PeerSpec>,
}

/// A zone's end of a channel to be written; the fields mean what those of [`Peer`](crate::Peer) say.
#[derive(Clone, Copy, Debug)]
pub struct PeerSpec {
    /// The zone.
    pub zone: ZoneIndex,
    /// The interrupt that it sees.
    pub interrupt: u32,
    /// The line that rings it.
    pub physical_interrupt: Option<u32>,
    /// Where it sees the control table.
    pub control: GuestPhys,
    /// Where it sees the shared memory.
    pub shared: GuestPhys,
}

/// Fills up the peers of a channel.
const NO_PEER: PeerRecord = PeerRecord {
    zone: U32::new(0),
    interrupt: U32::new(0),
    physical: U32::new(0),
    reserved: U32::new(0),
    control_ipa: U64::new(0),
    shared_ipa: U64::new(0),
};

/// Why a bundle cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The hypervisor would refuse it.
    #[error(transparent)]
    Invalid(#[from] ManifestError),
    /// A number that has no room in its field.
    #[error("the bundle is too large")]
    TooLarge,
}

/// Writes a bundle. Blobs with the same contents are stored once.
///
/// # Errors
///
/// [`BuildError`] where the result would not be a valid bundle: it is parsed before it is returned.
pub fn write(
    arch: Arch,
    colour: bool,
    zones: &[ZoneSpec<'_>],
    channels: &[ChannelSpec],
) -> Result<Vec<u8>, BuildError> {
    let tables = Tables::new(zones, channels)?;
    let manifest_size = tables.size();
    let blobs = Blobs::place(zones, manifest_size)?;
    let loads: Vec<LoadRecord> = zones
        .iter()
        .flat_map(|zone| &zone.loads)
        .map(|load| LoadRecord {
            offset: U64::new(blobs.offset(load.data)),
            size: U64::new(load.data.len() as u64),
            ipa: U64::new(load.ipa.raw()),
        })
        .collect();
    let header = Header {
        magic: MAGIC,
        version: U32::new(VERSION),
        arch: U32::new(match arch {
            Arch::Arm64 => ARCH_ARM64,
            Arch::Riscv64 => ARCH_RISCV64,
        }),
        manifest_size: field(manifest_size)?,
        checksum: U32::new(0),
        bundle_size: U64::new(blobs.end as u64),
        flags: U32::new(if colour { FLAG_COLOUR } else { 0 }),
        zone_count: field(tables.zones.len())?,
        cpu_count: field(tables.cpus.len())?,
        region_count: field(tables.regions.len())?,
        interrupt_count: field(tables.interrupts.len())?,
        reset_count: field(tables.resets.len())?,
        channel_count: field(tables.channels.len())?,
        load_count: field(loads.len())?,
    };
    let mut bundle = Vec::with_capacity(blobs.end);
    bundle.extend_from_slice(header.as_bytes());
    bundle.extend_from_slice(tables.zones.as_bytes());
    bundle.extend_from_slice(tables.cpus.as_bytes());
    bundle.extend_from_slice(tables.regions.as_bytes());
    bundle.extend_from_slice(tables.interrupts.as_bytes());
    bundle.extend_from_slice(tables.resets.as_bytes());
    bundle.extend_from_slice(tables.channels.as_bytes());
    bundle.extend_from_slice(loads.as_bytes());
    let sum = checksum(&bundle, &header);
    if let Ok((header, _)) = Header::mut_from_prefix(&mut bundle) {
        header.checksum = U32::new(sum);
    }
    for (offset, data) in &blobs.placed {
        bundle.resize(*offset, 0);
        bundle.extend_from_slice(data);
    }
    Manifest::parse(&bundle)?;
    Ok(bundle)
}

/// The tables without the loads, whose places depend on the tables' size.
struct Tables {
    zones: Vec<ZoneRecord>,
    cpus: Vec<CpuRecord>,
    regions: Vec<RegionRecord>,
    interrupts: Vec<InterruptRecord>,
    resets: Vec<ResetRecord>,
    channels: Vec<ChannelRecord>,
    load_count: usize,
}

impl Tables {
    fn new(zones: &[ZoneSpec<'_>], channels: &[ChannelSpec]) -> Result<Self, BuildError> {
        let mut tables = Self {
            zones: Vec::new(),
            cpus: Vec::new(),
            regions: Vec::new(),
            interrupts: Vec::new(),
            resets: Vec::new(),
            channels: Vec::new(),
            load_count: 0,
        };
        for zone in zones {
            let (controller, interrupts, frames) = controller(&zone.controller);
            tables.zones.push(ZoneRecord {
                name: name_field(&zone.name),
                cpus: span(tables.cpus.len(), zone.cpus.len())?,
                regions: span(tables.regions.len(), zone.regions.len())?,
                interrupts: span(tables.interrupts.len(), zone.interrupts.len())?,
                resets: span(tables.resets.len(), zone.resets.len())?,
                loads: span(tables.load_count, zone.loads.len())?,
                entry: U64::new(zone.entry.raw()),
                argument: U64::new(zone.argument),
                controller: U32::new(controller),
                controller_interrupts: U32::new(interrupts),
                controller_frames: frames.map(frame),
                uart: frame(zone.uart.map(|uart| uart.range)),
                uart_interrupt: U32::new(zone.uart.map_or(0, |uart| uart.interrupt)),
                uart_kind: U32::new(zone.uart.map_or(0, |uart| match uart.kind {
                    UartKind::Pl011 => UART_PL011,
                    UartKind::Ns16550 => UART_NS16550,
                })),
            });
            tables.cpus.extend(zone.cpus.iter().copied().map(U64::new));
            tables.regions.extend(zone.regions.iter().map(region));
            tables.interrupts.extend(zone.interrupts.iter().map(interrupt));
            tables.resets.extend(zone.resets.iter().map(reset));
            tables.load_count = tables.load_count.saturating_add(zone.loads.len());
        }
        for channel in channels {
            tables.channels.push(ChannelRecord {
                name: name_field(&channel.name),
                hpa: U64::new(channel.hpa.raw()),
                rw_size: U64::new(channel.rw_size),
                out_size: U64::new(channel.out_size),
                peer_count: field(channel.peers.len())?,
                reserved: U32::new(0),
                // Too many are refused for their number.
                peers: array::from_fn(|id| channel.peers.get(id).map_or(NO_PEER, peer)),
            });
        }
        Ok(tables)
    }

    /// Bytes of the header and all tables.
    fn size(&self) -> usize {
        let loads = self.load_count.saturating_mul(size_of::<LoadRecord>());
        [
            size_of_val(self.zones.as_slice()),
            size_of_val(self.cpus.as_slice()),
            size_of_val(self.regions.as_slice()),
            size_of_val(self.interrupts.as_slice()),
            size_of_val(self.resets.as_slice()),
            size_of_val(self.channels.as_slice()),
            loads,
        ]
        .into_iter()
        .fold(size_of::<Header>(), usize::saturating_add)
    }
}

/// The distinct blobs with their offsets.
struct Blobs<'d> {
    placed: Vec<(usize, &'d [u8])>,
    end: usize,
}

impl<'d> Blobs<'d> {
    fn place(zones: &[ZoneSpec<'d>], start: usize) -> Result<Self, BuildError> {
        let page = usize::try_from(PAGE_SIZE).map_err(|_| BuildError::TooLarge)?;
        let mut blobs = Self { placed: Vec::new(), end: start };
        for load in zones.iter().flat_map(|zone| &zone.loads) {
            if !blobs.placed.iter().any(|(_, data)| *data == load.data) {
                let offset = blobs.end.checked_next_multiple_of(page).ok_or(BuildError::TooLarge)?;
                blobs.end = offset.checked_add(load.data.len()).ok_or(BuildError::TooLarge)?;
                blobs.placed.push((offset, load.data));
            }
        }
        Ok(blobs)
    }

    fn offset(&self, wanted: &[u8]) -> u64 {
        self.placed.iter().find(|(_, data)| *data == wanted).map_or(0, |(offset, _)| *offset as u64)
    }
}

/// A name in its field. One that is too long fills it, without the zero at the end: the parser refuses it.
fn name_field(name: &str) -> [u8; 32] {
    let mut field = [0; 32];
    for (to, from) in field.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    field
}

fn field(number: usize) -> Result<U32, BuildError> {
    u32::try_from(number).map(U32::new).map_err(|_| BuildError::TooLarge)
}

fn span(first: usize, count: usize) -> Result<Span, BuildError> {
    Ok(Span { first: field(first)?, count: field(count)? })
}

/// What a record says of a controller: its code, its interrupts and its frames.
fn controller(controller: &Controller) -> (u32, u32, [Option<Range<GuestPhys>>; 2]) {
    match *controller {
        Controller::Gic(gic) => {
            let (code, other) = match (gic.version, gic.delivery) {
                (GicVersion::V2 { cpu_interface }, _) => (CONTROLLER_GICV2, cpu_interface),
                (GicVersion::V3 { redistributors }, Delivery::Virtual) => (CONTROLLER_GICV3, redistributors),
                (GicVersion::V3 { redistributors }, Delivery::Direct) => {
                    (CONTROLLER_GICV3_DIRECT, redistributors)
                }
            };
            (code, gic.spi_count, [Some(gic.distributor), Some(other)])
        }
        Controller::Aia(aia) => (CONTROLLER_AIA, aia.sources, [Some(aia.aplic), Some(aia.imsic)]),
        Controller::Plic(plic) => (CONTROLLER_PLIC, plic.sources, [Some(plic.frame), None]),
    }
}

fn frame(range: Option<Range<GuestPhys>>) -> FrameRecord {
    FrameRecord {
        start: U64::new(range.map_or(0, |range| range.start().raw())),
        size: U64::new(range.map_or(0, |range| range.size())),
    }
}

fn region(region: &Region) -> RegionRecord {
    RegionRecord {
        ipa: U64::new(region.ipa.raw()),
        hpa: U64::new(region.hpa.raw()),
        size: U64::new(region.size),
        kind: U32::new(match region.kind {
            RegionKind::Ram => KIND_RAM,
            RegionKind::Device => KIND_DEVICE,
            RegionKind::SharedPage => KIND_SHARED_PAGE,
        }),
        reserved: U32::new(0),
    }
}

fn interrupt(interrupt: &Interrupt) -> InterruptRecord {
    InterruptRecord {
        virtual_number: U32::new(interrupt.virtual_number),
        physical_number: U32::new(interrupt.physical_number),
        trigger: U32::new(match interrupt.trigger {
            Trigger::Level => TRIGGER_LEVEL,
            Trigger::Edge => TRIGGER_EDGE,
        }),
    }
}

fn reset(reset: &Reset) -> ResetRecord {
    let (value, action) = match reset.action {
        ResetAction::WriteByte(value) => (value.into(), RESET_WRITE_BYTE),
        ResetAction::WriteWord(value) => (value, RESET_WRITE_WORD),
        ResetAction::AwaitWord(value) => (value, RESET_AWAIT_WORD),
        ResetAction::Unknown => (0, RESET_UNKNOWN),
    };
    ResetRecord { hpa: U64::new(reset.hpa.raw()), value: U32::new(value), action: U32::new(action) }
}

fn peer(peer: &PeerSpec) -> PeerRecord {
    PeerRecord {
        zone: U32::new(peer.zone.0.into()),
        interrupt: U32::new(peer.interrupt),
        physical: U32::new(peer.physical_interrupt.unwrap_or(0)),
        reserved: U32::new(0),
        control_ipa: U64::new(peer.control.raw()),
        shared_ipa: U64::new(peer.shared.raw()),
    }
}
