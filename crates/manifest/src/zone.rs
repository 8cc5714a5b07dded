//! A zone as the rest of the hypervisor sees it.

use core::fmt;

use addr::{GuestPhys, HostPhys, PAGE_SIZE, Range};

use crate::error::{ManifestError, Occupant};
use crate::name::ZoneName;
use crate::parse::Manifest;
use crate::record::{
    CONTROLLER_GICV3, FrameRecord, InterruptRecord, KIND_DEVICE, KIND_RAM, LoadRecord, RegionRecord, Span,
    TRIGGER_EDGE, TRIGGER_LEVEL, ZoneRecord,
};
use crate::{DISTRIBUTOR_SIZE, REDISTRIBUTOR_SIZE};

/// A zone's place in the manifest and in zones.toml, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZoneIndex(pub u8);

/// Guest-physical memory with what backs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Where the guest sees it; page-aligned.
    pub ipa: GuestPhys,
    /// Where it is; page-aligned.
    pub hpa: HostPhys,
    /// Bytes, a multiple of the page size.
    pub size: u64,
    /// What it is.
    pub kind: RegionKind,
}

impl Region {
    /// Its guest-physical range; `None` where it is empty or wraps, which a parsed region never does.
    pub fn guest_range(&self) -> Option<Range<GuestPhys>> {
        Range::<GuestPhys>::new(self.ipa, self.size)
    }

    /// Its host-physical range; `None` where it is empty or wraps, which a parsed region never does.
    pub fn host_range(&self) -> Option<Range<HostPhys>> {
        Range::<HostPhys>::new(self.hpa, self.size)
    }
}

/// What backs a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionKind {
    /// Memory.
    Ram,
    /// Registers of a passed-through device.
    Device,
}

/// A physical interrupt that arrives at a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupt {
    /// The number that the guest sees.
    pub virtual_intid: u32,
    /// The number at the board's interrupt controller.
    pub physical_intid: u32,
    /// How it is signalled.
    pub trigger: Trigger,
}

/// How an interrupt is signalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Asserted as long as its cause lasts.
    Level,
    /// Asserted at an edge.
    Edge,
}

/// Bytes that are in the guest's RAM when it starts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Load<'a> {
    /// The bytes, inside the bundle.
    pub data: &'a [u8],
    /// Where they go.
    pub ipa: GuestPhys,
}

impl fmt::Debug for Load<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Load({} bytes to {})", self.data.len(), self.ipa)
    }
}

/// The interrupt controller that is emulated for a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gic {
    /// Which one.
    pub version: GicVersion,
    /// The distributor's frame.
    pub distributor: Range<GuestPhys>,
    /// The redistributors, [`REDISTRIBUTOR_SIZE`] each, in vCPU order.
    pub redistributor: Range<GuestPhys>,
}

/// Versions of the emulated GIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GicVersion {
    /// GICv3 with affinity routing, without LPIs.
    V3,
}

/// The PL011 that is emulated for a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uart {
    /// Its frame.
    pub range: Range<GuestPhys>,
    /// Its interrupt at the guest's interrupt controller, a shared one.
    pub intid: u32,
}

/// One zone of a manifest.
#[derive(Clone, Copy)]
pub struct Zone<'a> {
    manifest: Manifest<'a>,
    index: ZoneIndex,
    record: &'a ZoneRecord,
    name: &'a str,
    owned_name: ZoneName,
    gic: Gic,
    uart: Option<Uart>,
}

impl<'a> Zone<'a> {
    /// Decodes what the accessors hand out. What may still be wrong is for `validate` to find.
    pub(crate) fn read(
        manifest: Manifest<'a>,
        index: ZoneIndex,
        record: &'a ZoneRecord,
    ) -> Result<Self, ManifestError> {
        let name = ZoneName::in_field(&record.name).ok_or(ManifestError::Name(index))?;
        let zone = ZoneName::new(name).ok_or(ManifestError::Name(index))?;
        if record.controller.get() != CONTROLLER_GICV3 {
            let code = record.controller.get();
            return Err(ManifestError::Code { zone, what: "interrupt controller", code });
        }
        let vcpus = u64::from(record.cpus.count.get());
        if vcpus == 0 {
            return Err(ManifestError::NoCpus(zone));
        }
        let [distributor, redistributors] = &record.controller_frames;
        let gic = Gic {
            version: GicVersion::V3,
            distributor: frame(distributor)
                .filter(|frame| frame.size() == DISTRIBUTOR_SIZE)
                .ok_or(ManifestError::Frame { zone, what: Occupant::Distributor })?,
            redistributor: frame(redistributors)
                .filter(|frame| Some(frame.size()) == vcpus.checked_mul(REDISTRIBUTOR_SIZE))
                .ok_or(ManifestError::Frame { zone, what: Occupant::Redistributors })?,
        };
        let uart = if record.uart.size.get() == 0 {
            None
        } else {
            let range = frame(&record.uart).ok_or(ManifestError::Frame { zone, what: Occupant::Uart })?;
            Some(Uart { range, intid: record.uart_intid.get() })
        };
        Ok(Self { manifest, index, record, name, owned_name: zone, gic, uart })
    }

    /// Its place in the manifest.
    pub fn index(&self) -> ZoneIndex {
        self.index
    }

    /// Its name.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Its name as a value that outlives the bundle.
    pub(crate) fn owned_name(&self) -> ZoneName {
        self.owned_name
    }

    /// The affinity of its physical CPUs (MPIDR_EL1, Arm ARM DDI 0487, D24.2), in the order of its vCPUs.
    pub fn cpus(&self) -> impl Iterator<Item = u64> + use<'a> {
        part(self.manifest.cpus, self.record.cpus).iter().map(|affinity| affinity.get())
    }

    /// How many vCPUs it has.
    pub fn vcpu_count(&self) -> usize {
        part(self.manifest.cpus, self.record.cpus).len()
    }

    /// Its memory and the registers of its devices.
    pub fn regions(&self) -> impl Iterator<Item = Region> + use<'a> {
        part(self.manifest.regions, self.record.regions).iter().filter_map(region)
    }

    /// The physical interrupts it owns.
    pub fn interrupts(&self) -> impl Iterator<Item = Interrupt> + use<'a> {
        part(self.manifest.interrupts, self.record.interrupts).iter().filter_map(|record| {
            Some(Interrupt {
                virtual_intid: record.virtual_intid.get(),
                physical_intid: record.physical_intid.get(),
                trigger: match record.trigger.get() {
                    TRIGGER_LEVEL => Trigger::Level,
                    TRIGGER_EDGE => Trigger::Edge,
                    _ => return None,
                },
            })
        })
    }

    /// What is copied into its RAM before it starts.
    pub fn loads(&self) -> impl Iterator<Item = Load<'a>> + use<'a> {
        let bundle = self.manifest.bundle;
        self.load_records().iter().filter_map(move |record| load(bundle, record))
    }

    /// Guest-physical address of its first instruction.
    pub fn entry(&self) -> GuestPhys {
        GuestPhys::new(self.record.entry.get())
    }

    /// What x0 holds at its first instruction.
    pub fn argument(&self) -> u64 {
        self.record.argument.get()
    }

    /// The interrupt controller that is emulated for it.
    pub fn gic(&self) -> Gic {
        self.gic
    }

    /// The UART that is emulated for it, if any.
    pub fn uart(&self) -> Option<Uart> {
        self.uart
    }

    /// The shared peripheral interrupts (INTIDs from 32) of its interrupt controller, a multiple of 32.
    pub fn spi_count(&self) -> u32 {
        self.record.controller_interrupts.get()
    }

    /// Everything that is somewhere in its guest-physical address space.
    pub(crate) fn occupied(&self) -> impl Iterator<Item = (Range<GuestPhys>, Occupant)> + use<'a> {
        let regions = self.regions().filter_map(|region| {
            let occupant = match region.kind {
                RegionKind::Ram => Occupant::Ram,
                RegionKind::Device => Occupant::Device,
            };
            Some((region.guest_range()?, occupant))
        });
        let gic = [
            (self.gic.distributor, Occupant::Distributor),
            (self.gic.redistributor, Occupant::Redistributors),
        ];
        regions.chain(gic).chain(self.uart.map(|uart| (uart.range, Occupant::Uart)))
    }

    pub(crate) fn record(&self) -> &'a ZoneRecord {
        self.record
    }

    pub(crate) fn region_records(&self) -> &'a [RegionRecord] {
        part(self.manifest.regions, self.record.regions)
    }

    pub(crate) fn interrupt_records(&self) -> &'a [InterruptRecord] {
        part(self.manifest.interrupts, self.record.interrupts)
    }

    pub(crate) fn load_records(&self) -> &'a [LoadRecord] {
        part(self.manifest.loads, self.record.loads)
    }
}

impl fmt::Debug for Zone<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name)
    }
}

/// The entries that a span names; none where it leaves the table, which `validate` refuses.
fn part<T>(table: &[T], span: Span) -> &[T] {
    let (Ok(first), Ok(count)) = (usize::try_from(span.first.get()), usize::try_from(span.count.get()))
    else {
        return &[];
    };
    first.checked_add(count).and_then(|end| table.get(first..end)).unwrap_or_default()
}

/// A frame of whole pages.
fn frame(record: &FrameRecord) -> Option<Range<GuestPhys>> {
    let (start, size) = (GuestPhys::new(record.start.get()), record.size.get());
    let whole_pages = start.is_aligned(PAGE_SIZE) && GuestPhys::new(size).is_aligned(PAGE_SIZE);
    Range::<GuestPhys>::new(start, size)
        .filter(|range| whole_pages && range.end().raw() <= 1 << crate::ADDRESS_BITS)
}

pub(crate) fn region(record: &RegionRecord) -> Option<Region> {
    Some(Region {
        ipa: GuestPhys::new(record.ipa.get()),
        hpa: HostPhys::new(record.hpa.get()),
        size: record.size.get(),
        kind: match record.kind.get() {
            KIND_RAM => RegionKind::Ram,
            KIND_DEVICE => RegionKind::Device,
            _ => return None,
        },
    })
}

/// A load whose bytes are in the bundle, which `validate` makes sure of.
pub(crate) fn load<'a>(bundle: &'a [u8], record: &LoadRecord) -> Option<Load<'a>> {
    let start = usize::try_from(record.offset.get()).ok()?;
    let end = start.checked_add(usize::try_from(record.size.get()).ok()?)?;
    Some(Load { data: bundle.get(start..end)?, ipa: GuestPhys::new(record.ipa.get()) })
}
