//! Who owns what, in the order in which the table and the drawing show it.

use std::borrow::Cow;
use std::fmt;

use addr::{GuestPhys, HostPhys, Range};
use board::InterruptController;
use manifest::{Arch, Controller, GicVersion, UartKind};

use crate::channels::{PlannedChannel, of_zone};
use crate::devices::regions;
use crate::memory::BOOT_AREA;
use crate::plan::{Plan, PlannedZone};

/// An owner of memory, CPUs or devices.
#[derive(Clone, Debug)]
pub(crate) enum Owner<'p> {
    /// The boot loader, and after it the hypervisor.
    BootArea,
    /// The hypervisor.
    Bulkhead,
    /// Not for zones; the text says for whom.
    Reserved(&'p str),
    /// A zone.
    Zone { index: usize, name: &'p str },
    /// The peers of a channel together.
    Channel(&'p PlannedChannel),
    /// Nobody.
    Free,
}

impl fmt::Display for Owner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BootArea => f.write_str(BOOT_AREA),
            Self::Bulkhead => f.write_str("bulkhead"),
            Self::Reserved(who) => f.write_str(who),
            Self::Zone { name, .. } => write!(f, "zone {name}"),
            Self::Channel(channel) => write!(f, "channel {}", channel.name),
            Self::Free => f.write_str("free"),
        }
    }
}

/// A range of RAM with its owner.
pub(crate) struct OwnedMemory<'p> {
    pub(crate) range: Range<HostPhys>,
    pub(crate) owner: Owner<'p>,
    /// Where the owner, a zone, sees it.
    pub(crate) guest: Option<Range<GuestPhys>>,
}

/// All RAM in ascending order.
pub(crate) fn memory(plan: &Plan) -> Vec<OwnedMemory<'_>> {
    let reserved = plan.reserved.iter().map(|claim| {
        let owner = if claim.owner == BOOT_AREA { Owner::BootArea } else { Owner::Reserved(&claim.owner) };
        OwnedMemory { range: claim.range, owner, guest: None }
    });
    let zones = zones(plan).flat_map(|(owner, zone)| {
        zone.regions.iter().filter_map(move |region| {
            Some(OwnedMemory {
                range: region.host_range()?,
                owner: owner.clone(),
                guest: region.guest_range(),
            })
        })
    });
    let free = plan.free.iter().map(|range| OwnedMemory { range: *range, owner: Owner::Free, guest: None });
    let channels = plan.channels.iter().map(|channel| OwnedMemory {
        range: channel.memory,
        owner: Owner::Channel(channel),
        guest: None,
    });
    let mut memory: Vec<_> = reserved.chain(zones).chain(channels).chain(free).collect();
    memory.sort_by_key(|piece| (piece.range.start(), piece.range.end()));
    memory
}

/// The zones with themselves as owners.
pub(crate) fn zones(plan: &Plan) -> impl Iterator<Item = (Owner<'_>, &PlannedZone)> {
    plan.zones.iter().enumerate().map(|(index, zone)| (Owner::Zone { index, name: &zone.name }, zone))
}

/// The zone of a CPU and the vCPU that the CPU is.
pub(crate) fn owner_of_cpu(plan: &Plan, cpu: usize) -> Option<(Owner<'_>, usize)> {
    zones(plan).find_map(|(owner, zone)| Some((owner, zone.cpus.iter().position(|own| *own == cpu)?)))
}

/// A device with its owner.
pub(crate) struct OwnedDevice<'p> {
    pub(crate) owner: Owner<'p>,
    pub(crate) device: Cow<'p, str>,
    /// Its registers, at physical addresses for the hypervisor and at guest-physical ones for a zone.
    pub(crate) registers: Option<(u64, u64)>,
    /// INTID or source, as the owner knows it.
    pub(crate) interrupt: Option<u32>,
    /// The board's, where it is another.
    pub(crate) physical_interrupt: Option<u32>,
}

impl OwnedDevice<'_> {
    /// Its interrupt as text, if it has one: `40 -> 11` is the guest's and the board's.
    pub(crate) fn interrupt_text(&self) -> Option<String> {
        let number = self.interrupt?;
        Some(self.physical_interrupt.map_or(number.to_string(), |physical| format!("{number} -> {physical}")))
    }
}

/// The hypervisor's devices, and those that the zones see.
pub(crate) fn devices(plan: &Plan) -> Vec<OwnedDevice<'_>> {
    let physical = |device: &'static str, frame: Range<HostPhys>, interrupt| OwnedDevice {
        owner: Owner::Bulkhead,
        device: device.into(),
        registers: Some((frame.start().raw(), frame.end().raw())),
        interrupt,
        physical_interrupt: None,
    };
    let board = &plan.facts.board;
    let (uart, is_arm64) = (board.uart, plan.arch() == Arch::Arm64);
    let mut devices =
        vec![physical(if is_arm64 { "PL011" } else { "NS16550A" }, uart.frame, Some(uart.interrupt))];
    match &board.interrupt_controller {
        InterruptController::Gicv2(gic) => {
            devices.push(physical("GICv2 distributor", gic.distributor, Some(gic.maintenance)));
            devices.push(physical("GICv2 CPU interfaces", gic.cpu_interface, None));
            devices.push(physical("GICv2 virtual interface control", gic.control, None));
        }
        InterruptController::Gicv3(gic) => {
            devices.push(physical("GICv3 distributor", gic.distributor, Some(gic.maintenance)));
            let regions = gic.redistributors.iter();
            devices.extend(regions.map(|region| physical("GICv3 redistributors", *region, None)));
        }
        InterruptController::Aia(aia) => {
            devices.push(physical("APLIC (supervisor level)", aia.aplic.frame, None));
            let regions = aia.imsic.regions.iter();
            devices.extend(regions.map(|region| physical("IMSIC (supervisor level)", *region, None)));
        }
        InterruptController::Plic(plic) => devices.push(physical("PLIC", plic.frame, None)),
    }
    for (index, (owner, zone)) in zones(plan).enumerate() {
        let device = |device: &'static str, frame: Option<Range<GuestPhys>>, interrupt| OwnedDevice {
            owner: owner.clone(),
            device: device.into(),
            registers: frame.map(|frame| (frame.start().raw(), frame.end().raw())),
            interrupt,
            physical_interrupt: None,
        };
        devices.extend(zone.uart.map(|uart| {
            let name = match uart.kind {
                UartKind::Pl011 => "virtual PL011",
                UartKind::Ns16550 => "virtual NS16550A",
            };
            device(name, Some(uart.range), Some(uart.interrupt))
        }));
        match zone.controller {
            Controller::Gic(gic) => {
                let (distributor, other, frame) = match gic.version {
                    GicVersion::V2 { cpu_interface } => {
                        ("virtual GICv2 distributor", "virtual GICv2 CPU interface", cpu_interface)
                    }
                    GicVersion::V3 { redistributors } => {
                        ("virtual GICv3 distributor", "virtual GICv3 redistributors", redistributors)
                    }
                };
                devices.push(device(distributor, Some(gic.distributor), None));
                devices.push(device(other, Some(frame), None));
                devices.push(device("virtual timer of its CPUs", None, Some(27)));
                devices.push(device("physical timer of its CPUs", None, Some(30)));
            }
            Controller::Aia(aia) => {
                devices.push(device("virtual APLIC", Some(aia.aplic), None));
                devices.push(device("interrupt files of its CPUs", Some(aia.imsic), None));
                devices.push(device("timer of its CPUs", None, None));
            }
            Controller::Plic(plic) => {
                devices.push(device("virtual PLIC", Some(plic.frame), None));
                devices.push(device("timer of its CPUs", None, None));
            }
        }
        for (channel, peer) in of_zone(&plan.channels, index) {
            devices.push(OwnedDevice {
                owner: owner.clone(),
                device: format!("control table of channel {}", channel.name).into(),
                registers: Some((peer.control.start().raw(), peer.control.end().raw())),
                interrupt: Some(peer.interrupt),
                physical_interrupt: None,
            });
        }
        let own_regions = regions(&zone.devices);
        for own in &zone.devices {
            // A row for each range and each interrupt, the first two on one.
            let ranges = own.registers.iter().map(|range| (range.start().raw(), range.end().raw()));
            let interrupts = own.interrupts.iter();
            let notes = [
                own.shares_a_page(&own_regions).then(|| "in a shared page".to_owned()),
                own.guest_node.as_ref().map(|node| format!("the guest's {node}")),
            ];
            let notes: Vec<_> = notes.into_iter().flatten().collect();
            let device = match notes.is_empty() {
                true => own.path.clone(),
                false => format!("{} ({})", own.path, notes.join("; ")),
            };
            let (mut ranges, mut interrupts) = (ranges.fuse(), interrupts.fuse());
            if own.registers.is_empty() && own.interrupts.is_empty() {
                devices.push(OwnedDevice {
                    owner: owner.clone(),
                    device: own.path.as_str().into(),
                    registers: None,
                    interrupt: None,
                    physical_interrupt: None,
                });
            }
            devices.extend(std::iter::from_fn(|| {
                let (registers, interrupt) = (ranges.next(), interrupts.next());
                registers.or(interrupt.map(|_| (0, 0)))?;
                Some(OwnedDevice {
                    owner: owner.clone(),
                    device: device.clone().into(),
                    registers,
                    interrupt: interrupt.map(|interrupt| interrupt.number),
                    physical_interrupt: interrupt
                        .filter(|interrupt| interrupt.physical != interrupt.number)
                        .map(|interrupt| interrupt.physical),
                })
            }));
        }
    }
    devices
}

/// What a zone could do beyond its walls, device by device: zone, device, and in words what.
pub(crate) fn holes(plan: &Plan) -> impl Iterator<Item = (&str, &str, &'static str)> {
    plan.zones.iter().flat_map(|zone| {
        let devices = zone.devices.iter().filter_map(|own| Some((own.path.as_str(), own.hole?.text())));
        let delivery = zone.delivery.hole(zone.controller).map(|text| ("interrupts", text));
        devices.chain(delivery).map(|(device, hole)| (zone.name.as_str(), device, hole))
    })
}

/// What the board calls the numbers of its interrupts.
pub(crate) fn interrupt_number(plan: &Plan) -> &'static str {
    match plan.arch() {
        Arch::Arm64 => "INTID",
        Arch::Riscv64 => "source",
    }
}
