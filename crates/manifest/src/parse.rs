//! From bytes to a manifest: the header, then the tables, then the checks of `validate`.

use crc::{CRC_32_ISO_HDLC, Crc, NoTable};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::channel::{Channel, ChannelIndex};
use crate::error::ManifestError;
use crate::number::U32;
use crate::record::{
    ARCH_ARM64, ARCH_RISCV64, ChannelRecord, CpuRecord, FLAG_COLOUR, Header, InterruptRecord, LoadRecord,
    RegionRecord, ResetRecord, ZoneRecord,
};
use crate::validate::validate;
use crate::zone::{Zone, ZoneIndex};
use crate::{
    MAGIC, MAX_CHANNELS, MAX_CPUS, MAX_INTERRUPTS, MAX_LOADS, MAX_REGIONS, MAX_RESETS, MAX_ZONES, VERSION,
};

/// Bit by bit: a table would take a kilobyte of the image, and a manifest is short.
const CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);

/// An architecture that a bundle can be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arch {
    /// AArch64.
    Arm64,
    /// RV64.
    Riscv64,
}

impl Arch {
    /// Its name as zones.toml has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::Riscv64 => "riscv64",
        }
    }
}

impl Arch {
    /// Whether this build reads bundles of the architecture.
    pub(crate) const fn is_read(self) -> bool {
        match self {
            Self::Arm64 => cfg!(feature = "arm64"),
            Self::Riscv64 => cfg!(feature = "riscv64"),
        }
    }
}

impl core::fmt::Display for Arch {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

/// A bundle whose manifest was found valid.
#[derive(Clone, Copy)]
pub struct Manifest<'a> {
    pub(crate) bundle: &'a [u8],
    arch: Arch,
    colour: bool,
    pub(crate) zone_records: &'a [ZoneRecord],
    pub(crate) cpus: &'a [CpuRecord],
    pub(crate) regions: &'a [RegionRecord],
    pub(crate) interrupts: &'a [InterruptRecord],
    pub(crate) resets: &'a [ResetRecord],
    pub(crate) channel_records: &'a [ChannelRecord],
    pub(crate) loads: &'a [LoadRecord],
}

impl<'a> Manifest<'a> {
    /// Reads the manifest at the head of `bundle` and checks everything that can be checked without the
    /// machine. Bytes after the bundle, such as a boot loader's padding, are left out. It must lie at a multiple of
    /// four bytes.
    ///
    /// # Errors
    ///
    /// [`ManifestError`] says what is wrong and whose it is.
    #[inline(never)]
    pub fn parse(bundle: &'a [u8]) -> Result<Self, ManifestError> {
        if !bundle.as_ptr().addr().is_multiple_of(align_of::<Header>()) {
            return Err(ManifestError::Address);
        }
        let (header, _) = Header::ref_from_prefix(bundle).map_err(|_| ManifestError::NoManifest)?;
        if header.magic != MAGIC {
            return Err(ManifestError::NoManifest);
        }
        if header.version.get() != VERSION {
            return Err(ManifestError::Version(header.version.get()));
        }
        let bundle = first_bytes(bundle, header.bundle_size.get())?;
        let manifest = first_bytes(bundle, u64::from(header.manifest_size.get()))?;
        if checksum(manifest, header) != header.checksum.get() {
            return Err(ManifestError::Checksum);
        }
        let arch = match header.arch.get() {
            ARCH_ARM64 if Arch::Arm64.is_read() => Arch::Arm64,
            ARCH_RISCV64 if Arch::Riscv64.is_read() => Arch::Riscv64,
            other => return Err(ManifestError::Arch(other)),
        };
        if header.flags.get() & !FLAG_COLOUR != 0 {
            return Err(ManifestError::Unknown("a flag"));
        }
        let tables = manifest.get(size_of::<Header>()..).ok_or(ManifestError::Tables)?;
        let (zone_records, tables) = table(tables, header.zone_count.get(), MAX_ZONES, "zones")?;
        let (cpus, tables) = table(tables, header.cpu_count.get(), MAX_CPUS, "CPUs")?;
        let (regions, tables) = table(tables, header.region_count.get(), MAX_REGIONS, "memory regions")?;
        let (interrupts, tables) = table(tables, header.interrupt_count.get(), MAX_INTERRUPTS, "interrupts")?;
        let (resets, tables) = table(tables, header.reset_count.get(), MAX_RESETS, "resets")?;
        let (channel_records, tables) = table(tables, header.channel_count.get(), MAX_CHANNELS, "channels")?;
        let (loads, rest) = table(tables, header.load_count.get(), MAX_LOADS, "loads")?;
        if !rest.is_empty() {
            return Err(ManifestError::Tables);
        }
        let colour = header.flags.get() & FLAG_COLOUR != 0;
        let parsed = Self {
            bundle,
            arch,
            colour,
            zone_records,
            cpus,
            regions,
            interrupts,
            resets,
            channel_records,
            loads,
        };
        validate(&parsed, u64::from(header.manifest_size.get()))?;
        Ok(parsed)
    }

    /// The architecture it is for.
    pub fn arch(&self) -> Arch {
        self.arch
    }

    /// Whether the console colours the lines of each zone.
    pub fn colour(&self) -> bool {
        self.colour
    }

    /// How many zones there are: 1 to [`MAX_ZONES`].
    pub fn zone_count(&self) -> usize {
        self.zone_records.len()
    }

    /// The zones in the order of zones.toml.
    pub fn zones(&self) -> impl Iterator<Item = Zone<'a>> + use<'a> {
        self.read_zones()
    }

    /// The channels in the order of zones.toml.
    pub fn channels(&self) -> impl Iterator<Item = Channel<'a>> + use<'a> {
        let manifest = *self;
        (0..).map_while(move |index| Channel::read(&manifest, ChannelIndex(index)))
    }

    /// The whole bundle.
    pub fn bundle(&self) -> &'a [u8] {
        self.bundle
    }

    /// The zones up to the first that cannot be decoded: `validate` refuses a manifest in which there is one.
    pub(crate) fn read_zones(&self) -> Zones<'a> {
        Zones { manifest: *self, next: 0 }
    }
}

/// Decodes the zones of a manifest, one after the other.
pub(crate) struct Zones<'a> {
    manifest: Manifest<'a>,
    next: u8,
}

impl<'a> Zones<'a> {
    /// The next zone, or what is wrong with it. One function for all who walk the zones: there are many.
    #[inline(never)]
    pub(crate) fn read(&mut self) -> Option<Result<Zone<'a>, ManifestError>> {
        let index = self.next;
        let record = self.manifest.zone_records.get(usize::from(index))?;
        self.next = index.checked_add(1)?;
        Some(Zone::read(self.manifest, ZoneIndex(index), record))
    }
}

impl<'a> Iterator for Zones<'a> {
    type Item = Zone<'a>;

    #[inline(never)]
    fn next(&mut self) -> Option<Zone<'a>> {
        self.read()?.ok()
    }
}

impl core::fmt::Debug for Manifest<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Manifest")
            .field("bytes", &self.bundle.len())
            .field("zones", &self.zone_records.len())
            .finish()
    }
}

fn first_bytes(bytes: &[u8], size: u64) -> Result<&[u8], ManifestError> {
    let damaged = ManifestError::Truncated { declared: size, present: bytes.len() as u64 };
    usize::try_from(size).ok().and_then(|size| bytes.get(..size)).ok_or(damaged)
}

fn table<'a, T: FromBytes + Immutable + KnownLayout>(
    bytes: &'a [u8],
    count: u32,
    limit: usize,
    what: &'static str,
) -> Result<(&'a [T], &'a [u8]), ManifestError> {
    let elements = usize::try_from(count).ok().filter(|count| *count <= limit);
    let elements = elements.ok_or(ManifestError::TooMany { what, count, limit })?;
    <[T]>::ref_from_prefix_with_elems(bytes, elements).map_err(|_| ManifestError::Tables)
}

/// The checksum that belongs into the header of `manifest`.
pub(crate) fn checksum(manifest: &[u8], header: &Header) -> u32 {
    let blank = Header { checksum: U32::new(0), ..*header };
    let mut digest = CRC.digest();
    digest.update(blank.as_bytes());
    digest.update(manifest.get(size_of::<Header>()..).unwrap_or_default());
    digest.finalize()
}
