//! A partition that is valid, for tests to spoil.

use addr::{GuestPhys, HostPhys, Range};
use manifest::{
    Aia, Arch, ChannelSpec, Controller, Delivery, Gic, GicVersion, Interrupt, LoadSpec, Manifest,
    ManifestError, PeerSpec, Plic, REDISTRIBUTOR_SIZE, Region, RegionKind, Reset, ResetAction, Trigger, Uart,
    UartKind, ZoneIndex, ZoneName, ZoneSpec,
};

pub(crate) const KERNEL: &[u8] = &[0x5a; 5000];
pub(crate) const INITRD: &[u8] = &[0xa5; 100];

pub(crate) fn guest(start: u64, size: u64) -> Range<GuestPhys> {
    Range::<GuestPhys>::new(GuestPhys::new(start), size).expect("a range")
}

pub(crate) fn host(start: u64, size: u64) -> Range<HostPhys> {
    Range::<HostPhys>::new(HostPhys::new(start), size).expect("a range")
}

pub(crate) fn name(name: &str) -> ZoneName {
    ZoneName::new(name).expect("a name")
}

pub(crate) fn ram(start: u64, size: u64) -> Region {
    Region { ipa: GuestPhys::new(start), hpa: HostPhys::new(start), size, kind: RegionKind::Ram }
}

/// A zone with these CPUs and 16 MiB at `base`.
pub(crate) fn zone(name: &str, cpus: &[u64], base: u64) -> ZoneSpec<'static> {
    ZoneSpec {
        name: name.to_owned(),
        cpus: cpus.to_vec(),
        regions: vec![ram(base, 0x100_0000)],
        interrupts: vec![],
        resets: vec![],
        loads: vec![
            LoadSpec { data: KERNEL, ipa: GuestPhys::new(base) },
            LoadSpec { data: INITRD, ipa: GuestPhys::new(base + 0x10_0000) },
        ],
        entry: GuestPhys::new(base),
        argument: base + 0x20_0000,
        controller: gic(cpus.len(), 96),
        uart: Some(Uart { range: guest(0x900_0000, 0x1000), interrupt: 33, kind: UartKind::Pl011 }),
    }
}

/// A GICv3 for so many vCPUs.
pub(crate) fn gic(vcpus: usize, spi_count: u32) -> Controller {
    Controller::Gic(Gic {
        version: GicVersion::V3 { redistributors: guest(0x80a_0000, REDISTRIBUTOR_SIZE * vcpus as u64) },
        distributor: guest(0x800_0000, 0x1_0000),
        spi_count,
        delivery: Delivery::Virtual,
    })
}

/// A GICv2.
pub(crate) fn gicv2(spi_count: u32) -> Controller {
    Controller::Gic(Gic {
        version: GicVersion::V2 { cpu_interface: guest(0x801_0000, 0x2000) },
        distributor: guest(0x800_0000, 0x1000),
        spi_count,
        delivery: Delivery::Virtual,
    })
}

/// An APLIC with so many sources, and an interrupt file for each vCPU.
pub(crate) fn aia(vcpus: usize, sources: u32) -> Controller {
    Controller::Aia(Aia {
        aplic: guest(0xd00_0000, 0x8000),
        imsic: guest(0x2800_0000, 0x1000 * vcpus as u64),
        sources,
    })
}

/// Two riscv64 zones that own all kinds of things: one with an APLIC, one with a PLIC.
pub(crate) fn two_riscv64_zones() -> Vec<ZoneSpec<'static>> {
    let mut zones = two_zones();
    zones[0].controller = aia(2, 96);
    zones[0].uart = Some(Uart { range: guest(0x1000_0000, 0x1000), interrupt: 10, kind: UartKind::Ns16550 });
    zones[1].cpus = vec![u64::MAX];
    zones[1].controller = Controller::Plic(Plic { frame: guest(0xc00_0000, 0x20_1000), sources: 40 });
    zones
}

/// Two zones that own all kinds of things.
pub(crate) fn two_zones() -> Vec<ZoneSpec<'static>> {
    let mut a = zone("a", &[0, 1], 0x5000_0000);
    a.interrupts = vec![Interrupt { virtual_number: 40, physical_number: 50, trigger: Trigger::Level }];
    a.regions.push(Region {
        ipa: GuestPhys::new(0xa00_0000),
        hpa: HostPhys::new(0xa00_0000),
        size: 0x1000,
        kind: RegionKind::Device,
    });
    a.regions.push(Region {
        ipa: GuestPhys::new(0xa01_0e00),
        hpa: HostPhys::new(0xa01_0e00),
        size: 0x200,
        kind: RegionKind::SharedPage,
    });
    a.resets = vec![Reset { hpa: HostPhys::new(0xa01_0e70), action: ResetAction::WriteWord(0) }];
    let mut b = zone("b", &[0x100], 0x6000_0000);
    b.interrupts = vec![Interrupt { virtual_number: 40, physical_number: 51, trigger: Trigger::Edge }];
    b.uart = None;
    vec![a, b]
}

/// Writes a partition that is expected to be valid.
pub(crate) fn bundle(zones: &[ZoneSpec<'_>]) -> Vec<u8> {
    bundle_for(Arch::Arm64, zones)
}

pub(crate) fn bundle_for(arch: Arch, zones: &[ZoneSpec<'_>]) -> Vec<u8> {
    bundle_with(arch, zones, &[])
}

pub(crate) fn bundle_with(arch: Arch, zones: &[ZoneSpec<'_>], channels: &[ChannelSpec]) -> Vec<u8> {
    manifest::write(arch, true, zones, channels).expect("a valid partition")
}

/// Three zones, of which the first two share memory with each other and all three share more.
pub(crate) fn zones_with_channels(arch: Arch) -> Vec<ZoneSpec<'static>> {
    let mut zones = match arch {
        Arch::Arm64 => two_zones(),
        Arch::Riscv64 => two_riscv64_zones(),
    };
    let mut third = zone("c", &[0x101], 0x6800_0000);
    (third.controller, third.uart) = (zones[1].controller, None);
    zones.push(third);
    for channel in channels(arch) {
        for peer in channel.peers {
            zones[usize::from(peer.zone.0)].interrupts.extend(peer.physical_interrupt.map(|number| {
                Interrupt { virtual_number: number, physical_number: number, trigger: Trigger::Edge }
            }));
        }
    }
    zones
}

/// The channels of [`zones_with_channels`]. Its riscv64 zones but the first have a PLIC, so that no line rings them.
pub(crate) fn channels(arch: Arch) -> Vec<ChannelSpec> {
    let peer = |zone: u8, interrupt, control| PeerSpec {
        zone: ZoneIndex(zone),
        interrupt,
        physical_interrupt: (arch == Arch::Arm64 || zone == 0).then_some(interrupt),
        control: GuestPhys::new(control),
        shared: GuestPhys::new(control + 0x1000),
    };
    vec![
        ChannelSpec {
            name: "pair".to_owned(),
            hpa: HostPhys::new(0x7000_0000),
            rw_size: 0x4000,
            out_size: 0x1000,
            peers: vec![peer(1, 32, 0x7000_0000), peer(0, 35, 0x7100_0000)],
        },
        ChannelSpec {
            name: "all".to_owned(),
            hpa: HostPhys::new(0x7000_6000),
            rw_size: 0,
            out_size: 0x2000,
            peers: vec![peer(0, 36, 0x7200_0000), peer(1, 37, 0x7300_0000), peer(2, 38, 0x7400_0000)],
        },
    ]
}

/// Why the parser refuses what the builder would write.
pub(crate) fn refusal(zones: &[ZoneSpec<'_>]) -> ManifestError {
    refusal_for(Arch::Arm64, zones)
}

pub(crate) fn refusal_for(arch: Arch, zones: &[ZoneSpec<'_>]) -> ManifestError {
    refusal_with(arch, zones, &[])
}

pub(crate) fn refusal_with(arch: Arch, zones: &[ZoneSpec<'_>], channels: &[ChannelSpec]) -> ManifestError {
    match manifest::write(arch, false, zones, channels) {
        Err(manifest::BuildError::Invalid(error)) => error,
        other => panic!("not refused: {:?}", other.map(|bundle| bundle.len())),
    }
}

/// Recomputes the checksum after the bytes of a manifest were changed, so that the checks behind it are met.
pub(crate) fn mend_checksum(bundle: &mut [u8]) {
    let size = u32::from_le_bytes(bundle[16..20].try_into().expect("four bytes")) as usize;
    let size = size.clamp(24, bundle.len());
    bundle[20..24].fill(0);
    let mut crc = !0u32;
    for byte in &bundle[..size] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    bundle[20..24].copy_from_slice(&(!crc).to_le_bytes());
}

/// Reads everything that a manifest hands out.
pub(crate) fn read_all(manifest: &Manifest<'_>) -> usize {
    let zones = manifest.zones().map(|zone| {
        let sizes: u64 = zone.regions().map(|region| region.size >> 12).sum();
        let loads: usize = zone.loads().map(|load| load.data.len()).sum();
        let channels = zone.channels().count() + zone.resets().count();
        loads
            + sizes as usize
            + zone.cpus().count()
            + zone.interrupts().count()
            + zone.name().len()
            + channels
    });
    let channels = manifest.channels().map(|channel| channel.name().len() + channel.peers().count());
    zones.chain(channels).sum()
}
