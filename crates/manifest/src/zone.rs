//! A zone as the rest of the hypervisor sees it.

use core::fmt;

use addr::{GuestPhys, HostPhys, PAGE_SIZE, Range};

use crate::channel::{Channel, ChannelIndex, Peer};
use crate::error::{ManifestError, Occupant};
use crate::name::ZoneName;
use crate::parse::{Arch, Manifest};
use crate::record::{
    CONTROLLER_AIA, CONTROLLER_GICV2, CONTROLLER_GICV3, CONTROLLER_GICV3_DIRECT, CONTROLLER_PLIC,
    FrameRecord, InterruptRecord, KIND_DEVICE, KIND_RAM, KIND_SHARED_PAGE, LoadRecord, RESET_AWAIT_WORD,
    RESET_UNKNOWN, RESET_WRITE_BYTE, RESET_WRITE_WORD, RegionRecord, ResetRecord, Span, TRIGGER_EDGE,
    TRIGGER_LEVEL, UART_NS16550, UART_PL011, ZoneRecord,
};
use crate::{
    APLIC_SIZE, DISTRIBUTOR_SIZE, GICV2_CPU_INTERFACE_SIZE, GICV2_DISTRIBUTOR_SIZE, INTERRUPT_FILE_SIZE,
    MAX_GICV2_VCPUS, PLIC_CONTEXT_SIZE, PLIC_CONTEXTS, REDISTRIBUTOR_SIZE,
};

/// A zone's place in the manifest and in zones.toml, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZoneIndex(pub u8);

/// Guest-physical memory with what backs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Where the guest sees it; page-aligned, but for [`RegionKind::SharedPage`].
    pub ipa: GuestPhys,
    /// Where it is; as far into its page as `ipa`.
    pub hpa: HostPhys,
    /// Bytes, a multiple of the page size, but for [`RegionKind::SharedPage`].
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
    /// Registers of a passed-through device in a page with what is not the zone's: a part of one page, which is not
    /// mapped. The zone's loads and stores are carried out by the hypervisor.
    SharedPage,
}

/// A step of putting a zone's devices back to how they were when the machine started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reset {
    /// A register of the device.
    pub hpa: HostPhys,
    /// What is done to it.
    pub action: ResetAction,
}

/// What is done to a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetAction {
    /// The byte is written.
    WriteByte(u8),
    /// The 32 bits are written.
    WriteWord(u32),
    /// The 32 bits are read until they are these, for a bounded time.
    AwaitWord(u32),
    /// Nobody knows how the device there is reset: its zone cannot start again.
    Unknown,
}

impl Reset {
    /// The register's bytes; `None` where they wrap, which those of a parsed step never do.
    pub fn register(&self) -> Option<Range<HostPhys>> {
        let size = match self.action {
            ResetAction::WriteWord(_) | ResetAction::AwaitWord(_) => 4,
            ResetAction::WriteByte(_) | ResetAction::Unknown => 1,
        };
        Range::<HostPhys>::new(self.hpa, size)
    }
}

/// A physical interrupt that arrives at a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupt {
    /// The number that the guest sees: INTID or source.
    pub virtual_number: u32,
    /// The number at the board's interrupt controller: INTID or source.
    pub physical_number: u32,
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

/// The interrupt controller that a zone sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Controller {
    /// An emulated GIC (arm64).
    Gic(Gic),
    /// An emulated APLIC in front of interrupt files of the hardware (riscv64).
    Aia(Aia),
    /// An emulated PLIC (riscv64).
    Plic(Plic),
}

/// The GIC that is emulated for a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gic {
    /// Which one, with the frames that it has beside the distributor's.
    pub version: GicVersion,
    /// The distributor's frame.
    pub distributor: Range<GuestPhys>,
    /// Its shared peripheral interrupts (INTIDs from 32), a multiple of 32.
    pub spi_count: u32,
    /// How its interrupts reach the zone's vCPUs.
    pub delivery: Delivery,
}

/// How interrupts reach vCPUs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// By list registers: the hypervisor takes the physical interrupts.
    #[default]
    Virtual,
    /// Straight from the physical GIC. The zone's INTIDs are the physical ones, and the UART's interrupt is an SPI that
    /// the zone owns and that no hardware raises.
    Direct,
}

/// Versions of the emulated GIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GicVersion {
    /// GICv2: its distributor is emulated, its CPU interface is the virtual one of the hardware.
    V2 {
        /// Where the guest sees the CPU interface, [`GICV2_CPU_INTERFACE_SIZE`] bytes.
        cpu_interface: Range<GuestPhys>,
    },
    /// GICv3 with affinity routing, without LPIs.
    V3 {
        /// The redistributors, [`REDISTRIBUTOR_SIZE`] each, in vCPU order.
        redistributors: Range<GuestPhys>,
    },
}

/// A zone's advanced interrupt architecture (AIA 1.0): one supervisor-level APLIC domain, which is emulated and
/// delivers by MSI, and one interrupt file for each vCPU, which is a guest file of the hardware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aia {
    /// The APLIC domain's frame.
    pub aplic: Range<GuestPhys>,
    /// Where the guest sees the supervisor-level files, [`INTERRUPT_FILE_SIZE`] each, in vCPU order.
    pub imsic: Range<GuestPhys>,
    /// The domain's sources are 1 to this number.
    pub sources: u32,
}

/// The PLIC that is emulated for a zone. Context n is the S-mode of vCPU n.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plic {
    /// Its frame.
    pub frame: Range<GuestPhys>,
    /// Its sources are 1 to this number.
    pub sources: u32,
}

/// The UART that is emulated for a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uart {
    /// Its frame.
    pub range: Range<GuestPhys>,
    /// Its interrupt at the guest's interrupt controller: a shared INTID, or a source.
    pub interrupt: u32,
    /// What it is.
    pub kind: UartKind,
}

/// Emulated UARTs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UartKind {
    /// A PL011 (arm64).
    Pl011,
    /// An NS16550A with its registers at successive bytes (riscv64).
    Ns16550,
}

/// One zone of a manifest.
#[derive(Clone, Copy)]
pub struct Zone<'a> {
    manifest: Manifest<'a>,
    index: ZoneIndex,
    record: &'a ZoneRecord,
    name: &'a str,
    owned_name: ZoneName,
    controller: Controller,
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
        let vcpus = u64::from(record.cpus.count.get());
        if vcpus == 0 {
            return Err(ManifestError::NoCpus(zone));
        }
        let controller = controller(zone, vcpus, record)?;
        let uart = uart(zone, record)?;
        Ok(Self { manifest, index, record, name, owned_name: zone, controller, uart })
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

    /// Its physical CPUs in the order of its vCPUs: arm64 by affinity (MPIDR_EL1, Arm ARM DDI 0487, D24.2), riscv64
    /// by hart id (privileged specification, mhartid).
    pub fn cpus(&self) -> impl Iterator<Item = u64> + use<'a> {
        part(self.manifest.cpus, self.record.cpus).iter().map(|hardware_id| hardware_id.get())
    }

    /// How many vCPUs it has.
    pub fn vcpu_count(&self) -> usize {
        part(self.manifest.cpus, self.record.cpus).len()
    }

    /// Its memory and the registers of its devices.
    pub fn regions(&self) -> impl Iterator<Item = Region> + use<'a> {
        part(self.manifest.regions, self.record.regions).iter().filter_map(region)
    }

    /// Whether all of a guest-physical range lies in one region of its RAM.
    #[inline(never)]
    pub(crate) fn is_ram(&self, range: Range<GuestPhys>) -> bool {
        self.regions()
            .filter(|region| region.kind == RegionKind::Ram)
            .filter_map(|region| region.guest_range())
            .any(|ram| ram.contains_range(range))
    }

    /// The physical interrupts it owns.
    pub fn interrupts(&self) -> impl Iterator<Item = Interrupt> + use<'a> {
        part(self.manifest.interrupts, self.record.interrupts).iter().filter_map(|record| {
            Some(Interrupt {
                virtual_number: record.virtual_number.get(),
                physical_number: record.physical_number.get(),
                trigger: match record.trigger.get() {
                    TRIGGER_LEVEL => Trigger::Level,
                    TRIGGER_EDGE => Trigger::Edge,
                    _ => return None,
                },
            })
        })
    }

    /// What is done to its devices before it starts again, in this order.
    pub fn resets(&self) -> impl Iterator<Item = Reset> + use<'a> {
        self.reset_records().iter().filter_map(reset)
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

    /// What x0 (arm64) or a1 (riscv64) holds at its first instruction.
    pub fn argument(&self) -> u64 {
        self.record.argument.get()
    }

    /// The interrupt controller that it sees.
    pub fn controller(&self) -> Controller {
        self.controller
    }

    /// Whether its interrupts reach its vCPUs straight from the physical GIC.
    pub fn is_direct(&self) -> bool {
        matches!(self.controller, Controller::Gic(Gic { delivery: Delivery::Direct, .. }))
    }

    /// The UART that is emulated for it, if any.
    pub fn uart(&self) -> Option<Uart> {
        self.uart
    }

    /// The channels that it is a peer of, with its end of each.
    pub fn channels(&self) -> impl Iterator<Item = (Channel<'a>, Peer)> + use<'a> {
        let zone = *self;
        (0..).map_while(move |number| zone.channel(number))
    }

    /// One of the channels that it is a peer of, counted from 0, with its end of it.
    #[inline(never)]
    pub(crate) fn channel(&self, number: usize) -> Option<(Channel<'a>, Peer)> {
        let mut left = number;
        for index in (0..).map(ChannelIndex) {
            let channel = Channel::read(&self.manifest, index)?;
            if let Some(peer) = channel.peer_of(self.index) {
                if left == 0 {
                    return Some((channel, peer));
                }
                left = left.checked_sub(1)?;
            }
        }
        None
    }

    /// The things that are somewhere in its guest-physical address space, by their number from 0; `None` behind the
    /// last. All of its regions, and all channels, must be sound.
    #[inline(never)]
    pub(crate) fn occupant(&self, number: usize) -> Option<(Range<GuestPhys>, Occupant)> {
        let regions = self.region_records();
        if let Some(record) = regions.get(number) {
            let region = region(record)?;
            let occupant = match region.kind {
                RegionKind::Ram => Occupant::Ram,
                RegionKind::Device | RegionKind::SharedPage => Occupant::Device,
            };
            return Some((region.guest_range()?, occupant));
        }
        let [first, second] = match self.controller {
            Controller::Gic(gic) => {
                let other = match gic.version {
                    GicVersion::V2 { cpu_interface } => (cpu_interface, Occupant::CpuInterface),
                    GicVersion::V3 { redistributors } => (redistributors, Occupant::Redistributors),
                };
                [Some((gic.distributor, Occupant::Distributor)), Some(other)]
            }
            Controller::Aia(aia) => [Some((aia.aplic, Occupant::Aplic)), Some((aia.imsic, Occupant::Imsic))],
            Controller::Plic(plic) => [Some((plic.frame, Occupant::Plic)), None],
        };
        let uart = self.uart.map(|uart| (uart.range, Occupant::Uart));
        let mut others = [first, second, uart].into_iter().flatten();
        let mut number = number.checked_sub(regions.len())?;
        // Not `nth`: how many were passed over is wanted.
        for other in others.by_ref() {
            if number == 0 {
                return Some(other);
            }
            number = number.checked_sub(1)?;
        }
        let (_, peer) = self.channel(number / 2)?;
        Some(if number.is_multiple_of(2) {
            (peer.control, Occupant::ControlTable)
        } else {
            (peer.shared, Occupant::SharedMemory)
        })
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

    pub(crate) fn reset_records(&self) -> &'a [ResetRecord] {
        part(self.manifest.resets, self.record.resets)
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
#[inline(never)]
pub(crate) fn part<T>(table: &[T], span: Span) -> &[T] {
    let (Ok(first), Ok(count)) = (usize::try_from(span.first.get()), usize::try_from(span.count.get()))
    else {
        return &[];
    };
    first.checked_add(count).and_then(|end| table.get(first..end)).unwrap_or_default()
}

fn controller(zone: ZoneName, vcpus: u64, record: &ZoneRecord) -> Result<Controller, ManifestError> {
    let [first, second] = &record.controller_frames;
    let interrupts = record.controller_interrupts.get();
    let sized = |record: &FrameRecord, what: Occupant, fits: &dyn Fn(u64) -> bool| {
        frame(record).filter(|frame| fits(frame.size())).ok_or(ManifestError::Frame { zone, what })
    };
    match record.controller.get() {
        CONTROLLER_GICV2 if Arch::Arm64.is_read() => {
            if vcpus > MAX_GICV2_VCPUS {
                return Err(ManifestError::GicVcpus { zone, count: vcpus });
            }
            let distributor = sized(first, Occupant::Distributor, &|size| size == GICV2_DISTRIBUTOR_SIZE)?;
            let cpu_interface =
                sized(second, Occupant::CpuInterface, &|size| size == GICV2_CPU_INTERFACE_SIZE)?;
            let version = GicVersion::V2 { cpu_interface };
            Ok(Controller::Gic(Gic {
                version,
                distributor,
                spi_count: interrupts,
                delivery: Delivery::Virtual,
            }))
        }
        code @ (CONTROLLER_GICV3 | CONTROLLER_GICV3_DIRECT) if Arch::Arm64.is_read() => {
            let distributor = sized(first, Occupant::Distributor, &|size| size == DISTRIBUTOR_SIZE)?;
            let redistributors = sized(second, Occupant::Redistributors, &|size| {
                Some(size) == vcpus.checked_mul(REDISTRIBUTOR_SIZE)
            })?;
            let version = GicVersion::V3 { redistributors };
            let delivery = if code == CONTROLLER_GICV3 { Delivery::Virtual } else { Delivery::Direct };
            Ok(Controller::Gic(Gic { version, distributor, spi_count: interrupts, delivery }))
        }
        CONTROLLER_AIA if Arch::Riscv64.is_read() => Ok(Controller::Aia(Aia {
            aplic: sized(first, Occupant::Aplic, &|size| size >= APLIC_SIZE)?,
            imsic: sized(second, Occupant::Imsic, &|size| {
                Some(size) == vcpus.checked_mul(INTERRUPT_FILE_SIZE)
            })?,
            sources: interrupts,
        })),
        CONTROLLER_PLIC if Arch::Riscv64.is_read() => {
            if second.start.get() != 0 || second.size.get() != 0 {
                return Err(ManifestError::Unknown("a second frame of a PLIC"));
            }
            let needed =
                vcpus.checked_mul(PLIC_CONTEXT_SIZE).and_then(|size| size.checked_add(PLIC_CONTEXTS));
            let frame = sized(first, Occupant::Plic, &|size| needed.is_some_and(|needed| size >= needed))?;
            Ok(Controller::Plic(Plic { frame, sources: interrupts }))
        }
        code => Err(ManifestError::Code { zone, what: "interrupt controller", code }),
    }
}

fn uart(zone: ZoneName, record: &ZoneRecord) -> Result<Option<Uart>, ManifestError> {
    if record.uart.size.get() == 0 {
        return Ok(None);
    }
    let range = frame(&record.uart).ok_or(ManifestError::Frame { zone, what: Occupant::Uart })?;
    let kind = match record.uart_kind.get() {
        UART_PL011 if Arch::Arm64.is_read() => UartKind::Pl011,
        UART_NS16550 if Arch::Riscv64.is_read() => UartKind::Ns16550,
        code => return Err(ManifestError::Code { zone, what: "UART", code }),
    };
    Ok(Some(Uart { range, interrupt: record.uart_interrupt.get(), kind }))
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
            KIND_SHARED_PAGE => RegionKind::SharedPage,
            _ => return None,
        },
    })
}

pub(crate) fn reset(record: &ResetRecord) -> Option<Reset> {
    let value = record.value.get();
    let action = match record.action.get() {
        RESET_WRITE_BYTE => ResetAction::WriteByte(u8::try_from(value).ok()?),
        RESET_WRITE_WORD => ResetAction::WriteWord(value),
        RESET_AWAIT_WORD => ResetAction::AwaitWord(value),
        RESET_UNKNOWN => ResetAction::Unknown,
        _ => return None,
    };
    Some(Reset { hpa: HostPhys::new(record.hpa.get()), action })
}

/// A load whose bytes are in the bundle, which `validate` makes sure of.
pub(crate) fn load<'a>(bundle: &'a [u8], record: &LoadRecord) -> Option<Load<'a>> {
    let start = usize::try_from(record.offset.get()).ok()?;
    let end = start.checked_add(usize::try_from(record.size.get()).ok()?)?;
    Some(Load { data: bundle.get(start..end)?, ipa: GuestPhys::new(record.ipa.get()) })
}
