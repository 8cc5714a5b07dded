//! A partition that holds: every check of zones.toml and of the hypervisor is passed.

use addr::{GuestPhys, HostPhys, Range};
use manifest::{Arch, Controller, LoadSpec, Region, Uart, ZoneSpec};

use crate::channels::{PlannedChannel, of_zone};
use crate::delivery::Chosen;
use crate::devices::{self, PlannedDevice};
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;
use crate::files::Contents;
use crate::memory::Claim;
use crate::payload::PlannedLoad;

/// A checked partition.
#[derive(Debug)]
pub struct Plan {
    pub(crate) facts: Facts,
    pub(crate) zones: Vec<PlannedZone>,
    pub(crate) channels: Vec<PlannedChannel>,
    pub(crate) reserved: Vec<Claim>,
    pub(crate) free: Vec<Range<HostPhys>>,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) bundle: Vec<u8>,
}

/// A zone with everything decided.
#[derive(Clone, Debug)]
pub(crate) struct PlannedZone {
    pub(crate) name: String,
    /// Places in the board's list of CPUs, in vCPU order.
    pub(crate) cpus: Vec<usize>,
    /// Their affinity or hart id.
    pub(crate) hardware_ids: Vec<u64>,
    /// Its memory.
    pub(crate) regions: Vec<Region>,
    /// The board's devices that it owns.
    pub(crate) devices: Vec<PlannedDevice>,
    pub(crate) loads: Vec<PlannedLoad>,
    pub(crate) entry: GuestPhys,
    pub(crate) argument: u64,
    pub(crate) tree: Contents,
    pub(crate) controller: Controller,
    pub(crate) uart: Option<Uart>,
    pub(crate) delivery: Chosen,
}

impl PlannedZone {
    /// As the zone at this place in zones.toml.
    fn spec(&self, index: usize, channels: &[PlannedChannel]) -> ZoneSpec<'_> {
        ZoneSpec {
            name: self.name.clone(),
            cpus: self.hardware_ids.clone(),
            regions: self.regions.iter().copied().chain(devices::regions(&self.devices)).collect(),
            interrupts: self
                .devices
                .iter()
                .flat_map(PlannedDevice::bound)
                .chain(self.delivery.interrupt())
                .chain(of_zone(channels, index).filter_map(|(_, peer)| peer.bound()))
                .collect(),
            resets: self.devices.iter().flat_map(|device| device.restart.steps()).collect(),
            loads: self
                .loads
                .iter()
                .map(|load| LoadSpec { data: &load.data, ipa: load.range.start() })
                .collect(),
            entry: self.entry,
            argument: self.argument,
            controller: self.controller,
            uart: self.uart,
        }
    }
}

impl Plan {
    /// The file that the boot loader gives to the hypervisor as its initial RAM disk.
    pub fn bundle(&self) -> Vec<u8> {
        self.bundle.clone()
    }

    /// Decides anew whether the hypervisor's console colours the lines of each zone; zones.toml has decided it
    /// before.
    pub fn set_colour(&mut self, colour: bool) {
        if let Ok(bundle) = write_bundle(self.arch(), colour, &self.zones, &self.channels) {
            self.bundle = bundle;
        }
    }

    /// The board's architecture.
    pub fn arch(&self) -> Arch {
        self.facts.arch()
    }

    /// The names of the zones in the order of zones.toml.
    pub fn zone_names(&self) -> impl Iterator<Item = &str> {
        self.zones.iter().map(|zone| zone.name.as_str())
    }

    /// The flattened device tree of a zone's guest; `None` where there is no such zone.
    pub fn guest_dtb(&self, zone: &str) -> Option<&[u8]> {
        self.zones.iter().find(|candidate| candidate.name == zone).map(|zone| zone.tree.as_slice())
    }

    /// What is allowed but probably not meant.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The partition as a table: zones with their CPUs, memory, devices and interrupts. Lines end in `\n`.
    pub fn table(&self) -> String {
        crate::table::table(self)
    }

    /// The partition as a drawing (SVG 1.1): who owns which memory, CPUs and interrupts.
    pub fn svg(&self) -> String {
        crate::svg::svg(self)
    }

    /// Where the boot loader may put the hypervisor's image, the bundle and the board's device tree.
    pub fn boot_areas(&self) -> impl Iterator<Item = Range<HostPhys>> {
        self.reserved.iter().filter(|claim| claim.owner == crate::memory::BOOT_AREA).map(|claim| claim.range)
    }
}

/// Writes the bundle of some zones and their channels.
pub(crate) fn write_bundle(
    arch: Arch,
    colour: bool,
    zones: &[PlannedZone],
    channels: &[PlannedChannel],
) -> Result<Vec<u8>, manifest::BuildError> {
    let specs: Vec<_> = zones.iter().enumerate().map(|(index, zone)| zone.spec(index, channels)).collect();
    let channels: Vec<_> = channels.iter().map(PlannedChannel::spec).collect();
    manifest::write(arch, colour, &specs, &channels)
}
