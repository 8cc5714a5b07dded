//! Why a bundle is refused. The texts go to the console of a machine that will not boot, so each says what,
//! whose, and which other zone is concerned.

use core::fmt;

use addr::{GuestPhys, HostPhys, Range};

use crate::channel::ChannelIndex;
use crate::name::ZoneName;
use crate::parse::Arch;
use crate::zone::ZoneIndex;

/// What a range of guest-physical addresses is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occupant {
    /// A RAM region.
    Ram,
    /// A passed-through device.
    Device,
    /// The emulated distributor.
    Distributor,
    /// The emulated redistributors.
    Redistributors,
    /// The virtual CPU interface of the hardware, as a GICv2's.
    CpuInterface,
    /// The emulated APLIC domain.
    Aplic,
    /// The interrupt files of its vCPUs.
    Imsic,
    /// The emulated PLIC.
    Plic,
    /// The emulated UART.
    Uart,
    /// The control table of a channel.
    ControlTable,
    /// The shared memory of a channel.
    SharedMemory,
}

impl fmt::Display for Occupant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ram => "RAM",
            Self::Device => "a device",
            Self::Distributor => "the virtual distributor",
            Self::Redistributors => "the virtual redistributors",
            Self::CpuInterface => "the virtual CPU interface",
            Self::Aplic => "the virtual APLIC",
            Self::Imsic => "the interrupt files",
            Self::Plic => "the virtual PLIC",
            Self::Uart => "the virtual UART",
            Self::ControlTable => "the control table of a channel",
            Self::SharedMemory => "the memory of a channel",
        })
    }
}

/// Why bytes are not a valid bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// Fewer bytes than a header has, or another file.
    #[error("it does not begin with a manifest")]
    NoManifest,
    /// Put at an address at which records cannot be read in place.
    #[error("it does not lie at a multiple of 4 bytes")]
    Address,
    /// Written by another version of the tool.
    #[error("its format is version {0}; this hypervisor reads version {version}", version = crate::VERSION)]
    Version(u32),
    /// For another architecture, or none that is known.
    #[error("it is for architecture {0}, which this hypervisor does not know")]
    Arch(u32),
    /// A flag or reserved field that this version does not know.
    #[error("it has {0} that this hypervisor does not know")]
    Unknown(&'static str),
    /// The file was cut, or its sizes are wrong.
    #[error("it is damaged: {declared} bytes are declared and {present} are there")]
    Truncated {
        /// Bytes that the header declares.
        declared: u64,
        /// Bytes that are there.
        present: u64,
    },
    /// The counts in the header and in the zones do not add up.
    #[error("its tables do not add up")]
    Tables,
    /// Damaged on its way.
    #[error("its checksum is wrong: it was damaged on its way")]
    Checksum,
    /// More of something than a manifest may have.
    #[error("it has {count} {what}; at most {limit} are possible")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        count: u32,
        /// How many there may be.
        limit: usize,
    },
    /// A manifest without zones.
    #[error("it has no zone")]
    NoZones,
    /// A name that the rules of [`ZoneName`] forbid.
    #[error("the name of zone number {number} is not valid", number = usize::from(_0.0).saturating_add(1))]
    Name(ZoneIndex),
    /// Two zones have the same name.
    #[error("two zones are named {0}")]
    DuplicateName(ZoneName),
    /// A zone without a CPU.
    #[error("zone {0} has no CPU")]
    NoCpus(ZoneName),
    /// More vCPUs than a GICv2 can have.
    #[error("zone {zone}: a GICv2 has {limit} CPUs at most, not {count}", limit = crate::MAX_GICV2_VCPUS)]
    GicVcpus {
        /// The zone.
        zone: ZoneName,
        /// How many it has.
        count: u64,
    },
    /// A number with bits outside MPIDR_EL1's affinity fields.
    #[error("zone {zone}: {hardware_id:#x} is not a CPU's affinity")]
    HardwareId {
        /// The zone.
        zone: ZoneName,
        /// The number.
        hardware_id: u64,
    },
    /// A CPU that is listed twice.
    #[error("CPU {hardware_id:#x} is owned by zone {first} and by zone {second}")]
    SharedCpu {
        /// The CPU's affinity or hart id.
        hardware_id: u64,
        /// The zone that comes first.
        first: ZoneName,
        /// The other; the same where one zone lists the CPU twice.
        second: ZoneName,
    },
    /// A region that is empty, not page-aligned, or out of the address space's reach.
    #[error("zone {zone}: the region of {size:#x} bytes at {ipa} (physical {hpa}) is empty, not made of whole pages or of a part of one, or ends beyond {bits} bits", bits = crate::ADDRESS_BITS)]
    Region {
        /// The zone.
        zone: ZoneName,
        /// Guest-physical start.
        ipa: GuestPhys,
        /// Host-physical start.
        hpa: HostPhys,
        /// Bytes.
        size: u64,
    },
    /// A code that this version does not know.
    #[error("zone {zone}: {what} {code} is unknown")]
    Code {
        /// The zone.
        zone: ZoneName,
        /// What the code stands for.
        what: &'static str,
        /// Its value.
        code: u32,
    },
    /// An emulated device whose frame has a wrong size or place.
    #[error("zone {zone}: the frame of {what} is wrong")]
    Frame {
        /// The zone.
        zone: ZoneName,
        /// The device.
        what: Occupant,
    },
    /// A device that the bundle's architecture has not.
    #[error("zone {zone}: {what} is not for {arch}")]
    Foreign {
        /// The zone.
        zone: ZoneName,
        /// The device.
        what: Occupant,
        /// The architecture.
        arch: Arch,
    },
    /// Two things at the same guest-physical address.
    #[error("zone {zone}: {first} at {first_range} overlaps {second} at {second_range}")]
    GuestOverlap {
        /// The zone.
        zone: ZoneName,
        /// One of the two.
        first: Occupant,
        /// Where it is.
        first_range: Range<GuestPhys>,
        /// The other.
        second: Occupant,
        /// Where it is.
        second_range: Range<GuestPhys>,
    },
    /// Host-physical memory with two owners.
    #[error("physical memory {first_range} of zone {first} overlaps {second_range} of zone {second}")]
    HostOverlap {
        /// The zone that comes first.
        first: ZoneName,
        /// Its memory.
        first_range: Range<HostPhys>,
        /// The other zone, or the same.
        second: ZoneName,
        /// Its memory.
        second_range: Range<HostPhys>,
    },
    /// A load whose bytes are not in the bundle.
    #[error("zone {zone}: load {index} is not inside the bundle")]
    LoadSource {
        /// The zone.
        zone: ZoneName,
        /// The load's number within the zone.
        index: usize,
    },
    /// A load that does not fit in one RAM region.
    #[error("zone {zone}: the load of {size:#x} bytes at {ipa} is not inside the zone's RAM")]
    LoadTarget {
        /// The zone.
        zone: ZoneName,
        /// Where it would go.
        ipa: GuestPhys,
        /// Its size.
        size: u64,
    },
    /// Two loads to one place.
    #[error("zone {zone}: the loads at {first} and at {second} overlap")]
    LoadOverlap {
        /// The zone.
        zone: ZoneName,
        /// Where one goes.
        first: Range<GuestPhys>,
        /// Where the other goes.
        second: Range<GuestPhys>,
    },
    /// A first instruction that is not in RAM, or not aligned.
    #[error("zone {zone}: the entry point {entry} is not an instruction's place in the zone's RAM")]
    Entry {
        /// The zone.
        zone: ZoneName,
        /// The entry point.
        entry: GuestPhys,
    },
    /// A number of interrupts that a controller cannot have.
    #[error("zone {zone}: {count} shared interrupts are not a multiple of 32 up to {limit}", limit = crate::MAX_SPIS)]
    SpiCount {
        /// The zone.
        zone: ZoneName,
        /// The number.
        count: u32,
    },
    /// A number of sources that a controller cannot have.
    #[error("zone {zone}: {count} interrupt sources are not 1 to {limit}", limit = crate::MAX_SOURCES)]
    SourceCount {
        /// The zone.
        zone: ZoneName,
        /// The number.
        count: u32,
    },
    /// A number that is no shared peripheral interrupt, or no source, of the guest's or of any controller.
    #[error("zone {zone}: {what} interrupt {number} is out of range")]
    InterruptNumber {
        /// The zone.
        zone: ZoneName,
        /// "virtual" or "physical".
        what: &'static str,
        /// The number.
        number: u32,
    },
    /// An interrupt of a device that is emulated for a zone with direct delivery, and that the zone does not own.
    #[error("zone {zone}: with direct delivery its UART needs interrupt {number}, which it does not own")]
    NotOwned {
        /// The zone.
        zone: ZoneName,
        /// The number.
        number: u32,
    },
    /// A virtual interrupt with another number than the physical one, in a zone with direct delivery.
    #[error("zone {zone}: with direct delivery physical interrupt {physical_number} cannot be its {number}")]
    Renumbered {
        /// The zone.
        zone: ZoneName,
        /// The virtual number.
        number: u32,
        /// The physical number.
        physical_number: u32,
    },
    /// Two sources of one virtual interrupt.
    #[error("zone {zone}: virtual interrupt {number} has two sources")]
    SharedVirtualInterrupt {
        /// The zone.
        zone: ZoneName,
        /// The number.
        number: u32,
    },
    /// A physical interrupt with two owners.
    #[error("physical interrupt {number} is owned by zone {first} and by zone {second}")]
    SharedPhysicalInterrupt {
        /// The number.
        number: u32,
        /// The zone that comes first.
        first: ZoneName,
        /// The other zone, or the same.
        second: ZoneName,
    },
    /// A step of a reset at what is no register of a device of the zone.
    #[error("zone {zone}: {register}, which is to be written when it starts again, is not its device's")]
    Reset {
        /// The zone.
        zone: ZoneName,
        /// Where it would be.
        register: HostPhys,
    },
    /// A channel that cannot be.
    #[error("channel number {number}: {what}", number = usize::from(channel.0))]
    Channel {
        /// The channel.
        channel: ChannelIndex,
        /// What is wrong with it.
        what: &'static str,
    },
}
