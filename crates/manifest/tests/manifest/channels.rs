//! Channels: read as they were written, and each way in which one can be wrong.

use crate::support::{
    bundle_with, channels, guest, host, mend_checksum, name, refusal_with, two_zones, zone,
    zones_with_channels,
};
use addr::{GuestPhys, HostPhys};
use manifest::{
    Arch, ChannelIndex, ChannelSpec, Controller, Delivery, Interrupt, Manifest, ManifestError, Occupant,
    PeerId, Trigger, ZoneIndex, ZoneSpec,
};

fn spoiled_for(
    arch: Arch,
    spoil: impl FnOnce(&mut Vec<ZoneSpec<'static>>, &mut Vec<ChannelSpec>),
) -> ManifestError {
    let (mut zones, mut channels) = (zones_with_channels(arch), channels(arch));
    spoil(&mut zones, &mut channels);
    refusal_with(arch, &zones, &channels)
}

fn spoiled(spoil: impl FnOnce(&mut Vec<ChannelSpec>)) -> ManifestError {
    spoiled_for(Arch::Arm64, |_, channels| spoil(channels))
}

/// What is wrong with the channel of this number, from 0.
fn channel(index: u8, what: &'static str) -> ManifestError {
    ManifestError::Channel { channel: ChannelIndex(index), what }
}

/// What is said of a sound bundle with a word changed, counted back from where the loads begin: there the last channel
/// ends, with room for 16 peers of 32 bytes.
fn patched(before_loads: usize, value: u32) -> ManifestError {
    let zones = zones_with_channels(Arch::Arm64);
    let mut bytes = bundle_with(Arch::Arm64, &zones, &channels(Arch::Arm64));
    let manifest_size = u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize;
    let loads: usize = zones.iter().map(|zone| zone.loads.len()).sum();
    let offset = manifest_size - 24 * loads - before_loads;
    bytes[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
    mend_checksum(&mut bytes);
    Manifest::parse(&bytes).expect_err("refused")
}

#[test]
fn a_channel_is_read_as_it_was_written() {
    for arch in [Arch::Arm64, Arch::Riscv64] {
        let written = channels(arch);
        let bytes = bundle_with(arch, &zones_with_channels(arch), &written);
        let manifest = Manifest::parse(&bytes).expect("valid");
        assert_eq!(manifest.channels().count(), 2);
        for ((place, channel), spec) in (0..).zip(manifest.channels()).zip(&written) {
            assert_eq!((channel.index(), channel.name()), (ChannelIndex(place), spec.name.as_str()));
            assert_eq!((channel.rw_size(), channel.out_size()), (spec.rw_size, spec.out_size));
            assert_eq!((channel.memory().start(), channel.peer_count()), (spec.hpa, spec.peers.len()));
            let size = spec.rw_size + spec.out_size * spec.peers.len() as u64;
            for ((id, peer), spec) in (0..).zip(channel.peers()).zip(&spec.peers) {
                assert_eq!((peer.id, peer.zone), (PeerId(id), spec.zone));
                assert_eq!(peer.interrupt, spec.interrupt);
                assert_eq!(peer.physical_interrupt, spec.physical_interrupt);
                assert_eq!(peer.control, guest(spec.control.raw(), 0x1000));
                assert_eq!(peer.shared, guest(spec.shared.raw(), size));
            }
        }
    }
}

#[test]
fn a_zone_knows_its_end_of_each_of_its_channels() {
    let bytes = bundle_with(Arch::Arm64, &zones_with_channels(Arch::Arm64), &channels(Arch::Arm64));
    let ends: Vec<Vec<_>> = Manifest::parse(&bytes)
        .expect("valid")
        .zones()
        .map(|zone| zone.channels().map(|(channel, peer)| (channel.index().0, peer.id.0)).collect())
        .collect();
    assert_eq!(ends, [vec![(0, 1), (1, 0)], vec![(0, 0), (1, 1)], vec![(1, 2)]]);
}

#[test]
fn a_peer_writes_the_common_section_and_its_own() {
    let bytes = bundle_with(Arch::Arm64, &zones_with_channels(Arch::Arm64), &channels(Arch::Arm64));
    let channels: Vec<_> = Manifest::parse(&bytes).expect("valid").channels().collect();
    let seen = |channel: usize, peer: usize| {
        let channel = &channels[channel];
        let peer = channel.peers().nth(peer).expect("a peer");
        channel
            .sections(&peer)
            .map(|section| (section.ipa.raw(), section.hpa.raw(), section.size, section.writable))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        seen(0, 0),
        [(0x7000_1000, 0x7000_0000, 0x5000, true), (0x7000_6000, 0x7000_5000, 0x1000, false)]
    );
    assert_eq!(
        seen(0, 1),
        [
            (0x7100_1000, 0x7000_0000, 0x4000, true),
            (0x7100_5000, 0x7000_4000, 0x1000, false),
            (0x7100_6000, 0x7000_5000, 0x1000, true),
        ]
    );
    assert_eq!(
        seen(1, 1),
        [
            (0x7300_1000, 0x7000_6000, 0x2000, false),
            (0x7300_3000, 0x7000_8000, 0x2000, true),
            (0x7300_5000, 0x7000_a000, 0x2000, false),
        ]
    );
}

#[test]
fn output_sections_follow_the_common_one() {
    let bytes = bundle_with(Arch::Arm64, &zones_with_channels(Arch::Arm64), &channels(Arch::Arm64));
    let pair = Manifest::parse(&bytes).expect("valid").channels().next().expect("a channel");
    assert_eq!(pair.output(PeerId(0)), Some(host(0x7000_4000, 0x1000)));
    assert_eq!(pair.output(PeerId(1)), Some(host(0x7000_5000, 0x1000)));
    assert_eq!(pair.output(PeerId(2)), None);
}

#[test]
fn a_zone_with_direct_delivery_is_rung_by_a_line_of_its_own() {
    let (mut zones, channels) = (zones_with_channels(Arch::Arm64), channels(Arch::Arm64));
    let Controller::Gic(gic) = &mut zones[2].controller else { panic!("a GIC") };
    gic.delivery = Delivery::Direct;
    assert!(manifest::write(Arch::Arm64, false, &zones, &channels).is_ok());
}

#[test]
fn a_name_with_a_forbidden_letter_is_refused() {
    let error = spoiled(|channels| channels[1].name = "All".into());
    assert_eq!(error, channel(1, "its name is not valid"));
    assert_eq!(error.to_string(), "channel number 1: its name is not valid");
}

#[test]
fn channels_beyond_the_limit_are_refused() {
    let one = channels(Arch::Arm64).remove(0);
    let error = spoiled(|channels| channels.resize(17, one));
    assert_eq!(error, ManifestError::TooMany { what: "channels", count: 17, limit: 16 });
}

#[test]
fn a_channel_has_two_peers_at_least() {
    let error = spoiled(|channels| channels[1].peers.truncate(1));
    assert_eq!(error, channel(1, "it has not 2 to 16 peers"));
}

#[test]
fn a_channel_has_sixteen_peers_at_most() {
    let error = spoiled(|channels| {
        let last = channels[1].peers[2];
        channels[1].peers.resize(17, last);
    });
    assert_eq!(error, channel(1, "it has not 2 to 16 peers"));
}

#[test]
fn memory_that_is_not_whole_pages_is_refused() {
    for (hpa, rw_size, out_size) in [(0x800, 0, 0x1000), (0, 0x800, 0x1000), (0, 0x1000, 0x1800)] {
        let error = spoiled(|channels| {
            channels[0] = ChannelSpec { hpa: HostPhys::new(hpa), rw_size, out_size, ..channels[0].clone() };
        });
        assert_eq!(error, channel(0, "its sections are not pages below 4 GiB, or empty"));
    }
}

#[test]
fn each_peer_has_output() {
    let error = spoiled(|channels| channels[0].out_size = 0);
    assert_eq!(error, channel(0, "its sections are not pages below 4 GiB, or empty"));
}

#[test]
fn a_section_of_4_gib_does_not_fit_its_register() {
    for (rw_size, out_size) in [(1 << 32, 0x1000), (0, 1 << 32), (!0xfff, 0x1000), (0, 1 << 63)] {
        let error =
            spoiled(|channels| channels[0] = ChannelSpec { rw_size, out_size, ..channels[0].clone() });
        assert_eq!(error, channel(0, "its sections are not pages below 4 GiB, or empty"));
    }
}

#[test]
fn memory_beyond_48_bits_is_refused() {
    for (hpa, rw_size, out_size) in [((1 << 48) - 0x5000, 0x4000, 0x1000), (!0xfff, 0, 0x1000)] {
        let error = spoiled(|channels| {
            channels[0] = ChannelSpec { hpa: HostPhys::new(hpa), rw_size, out_size, ..channels[0].clone() };
        });
        assert_eq!(error, channel(0, "its sections are not pages below 4 GiB, or empty"));
    }
}

#[test]
fn a_peer_is_a_zone() {
    for zone in [3, 16, 255] {
        let error = spoiled(|channels| channels[1].peers[2].zone = ZoneIndex(zone));
        assert_eq!(error, channel(1, "a peer is no zone"));
    }
    // One that no index can name, as the bundle has it.
    assert_eq!(patched(14 * 32, 256), channel(1, "a peer does not see it at pages"));
}

#[test]
fn a_zone_is_a_peer_once() {
    let error = spoiled(|channels| channels[1].peers[2].zone = ZoneIndex(0));
    assert_eq!(error, channel(1, "a zone is its peer twice"));
}

#[test]
fn a_reserved_field_is_zero() {
    assert_eq!(patched(14 * 32 - 12, 1), channel(1, "a peer does not see it at pages"));
    assert_eq!(patched(16 * 32 + 4, 1), channel(1, "its sections are not pages below 4 GiB, or empty"));
}

#[test]
fn addresses_are_those_of_pages_within_48_bits() {
    let expected = channel(1, "a peer does not see it at pages");
    for at in [0x7900_0800, (1 << 48) - 0x5000, !0xfff] {
        assert_eq!(spoiled(|channels| channels[1].peers[0].shared = GuestPhys::new(at)), expected);
    }
    for at in [0x7900_0800, 1 << 48, !0xfff] {
        assert_eq!(spoiled(|channels| channels[1].peers[0].control = GuestPhys::new(at)), expected);
    }
}

#[test]
fn a_zone_is_a_peer_of_eight_channels_at_most() {
    let many = |count: u64| {
        let mut zones = zones_with_channels(Arch::Arm64);
        let pair = channels(Arch::Arm64).remove(0);
        let channels: Vec<_> = (0..count)
            .map(|index| {
                let mut channel = ChannelSpec {
                    name: format!("pair-{index}"),
                    hpa: HostPhys::new(0x7000_0000 + 0x10_0000 * index),
                    ..pair.clone()
                };
                for peer in &mut channel.peers {
                    let interrupt = 60 + 2 * index as u32 + u32::from(peer.zone.0);
                    (peer.interrupt, peer.physical_interrupt) = (interrupt, Some(interrupt));
                    peer.control = GuestPhys::new(peer.control.raw() + 0x10_0000 * index);
                    peer.shared = GuestPhys::new(peer.shared.raw() + 0x10_0000 * index);
                    zones[usize::from(peer.zone.0)].interrupts.push(Interrupt {
                        virtual_number: interrupt,
                        physical_number: interrupt,
                        trigger: Trigger::Edge,
                    });
                }
                channel
            })
            .collect();
        (zones, channels)
    };
    let (zones, channels) = many(8);
    assert!(manifest::write(Arch::Arm64, false, &zones, &channels).is_ok());
    let (zones, channels) = many(9);
    let error = refusal_with(Arch::Arm64, &zones, &channels);
    assert_eq!(error, channel(8, "a peer is in more than 8 channels"));
}

#[test]
fn memory_of_a_channel_is_no_zones() {
    let error = spoiled(|channels| channels[1].hpa = HostPhys::new(0x60ff_f000));
    assert_eq!(error, channel(1, "its memory is another's too"));
}

#[test]
fn memory_of_a_channel_is_no_other_channels() {
    let error = spoiled(|channels| channels[1].hpa = HostPhys::new(0x7000_5000));
    assert_eq!(error, channel(1, "its memory is another's too"));
}

#[test]
fn what_a_peer_sees_lies_over_nothing_else() {
    for (at, first, second) in [
        (0x50ff_f000, Occupant::Ram, Occupant::ControlTable),
        (0xa00_0000, Occupant::Device, Occupant::ControlTable),
        (0x800_0000, Occupant::Distributor, Occupant::ControlTable),
        (0x900_0000, Occupant::Uart, Occupant::ControlTable),
        (0x7100_6000, Occupant::SharedMemory, Occupant::ControlTable),
        (0x7100_0000, Occupant::ControlTable, Occupant::ControlTable),
    ] {
        let error = spoiled(|channels| channels[1].peers[0].control = GuestPhys::new(at));
        let found = |error: &ManifestError| match error {
            ManifestError::GuestOverlap { zone, first, second, .. } => Some((*zone, *first, *second)),
            _ => None,
        };
        assert_eq!(found(&error), Some((name("a"), first, second)), "{error}");
    }
    let error = spoiled(|channels| channels[1].peers[0].shared = GuestPhys::new(0x71ff_b000));
    assert!(matches!(error, ManifestError::GuestOverlap { second: Occupant::SharedMemory, .. }), "{error}");
}

#[test]
fn zones_may_see_channels_at_the_same_addresses() {
    let mut channels = channels(Arch::Arm64);
    for peer in &mut channels[1].peers {
        (peer.control, peer.shared) = (GuestPhys::new(0x8000_0000), GuestPhys::new(0x8000_1000));
    }
    assert!(manifest::write(Arch::Arm64, false, &zones_with_channels(Arch::Arm64), &channels).is_ok());
}

/// What is said of an interrupt that cannot ring a peer.
fn no_doorbell(index: u8) -> ManifestError {
    channel(index, "a peer's interrupt is no edge of its zone's, or not for it alone")
}

#[test]
fn a_doorbell_is_an_interrupt_that_the_zone_owns() {
    let error = spoiled_for(Arch::Arm64, |zones, _| zones[2].interrupts.clear());
    assert_eq!(error, no_doorbell(1));
}

#[test]
fn a_doorbell_is_triggered_by_an_edge() {
    let error = spoiled_for(Arch::Arm64, |zones, _| zones[2].interrupts[0].trigger = Trigger::Level);
    assert_eq!(error, no_doorbell(1));
}

#[test]
fn a_doorbell_has_the_number_of_its_line() {
    let error = spoiled(|channels| channels[1].peers[2].physical_interrupt = Some(39));
    assert_eq!(error, no_doorbell(1));
    let error = spoiled_for(Arch::Arm64, |zones, _| zones[2].interrupts[0].physical_number = 99);
    assert_eq!(error, no_doorbell(1));
}

#[test]
fn a_line_rings_whom_it_can_ring() {
    let error = spoiled(|channels| channels[1].peers[2].physical_interrupt = None);
    assert_eq!(error, no_doorbell(1));
    // A PLIC's sources are not raised by software.
    let error = spoiled_for(Arch::Riscv64, |_, channels| channels[1].peers[2].physical_interrupt = Some(38));
    assert_eq!(error, no_doorbell(1));
}

#[test]
fn a_doorbell_is_within_the_controllers_range() {
    for (arch, number) in [(Arch::Arm64, 31), (Arch::Arm64, 128), (Arch::Riscv64, 0), (Arch::Riscv64, 41)] {
        let error = spoiled_for(arch, |_, channels| channels[1].peers[2].interrupt = number);
        assert_eq!(error, no_doorbell(1));
    }
}

#[test]
fn a_doorbell_is_rung_by_one_channel() {
    for arch in [Arch::Arm64, Arch::Riscv64] {
        let error = spoiled_for(arch, |_, channels| {
            let first = channels[0].peers[0];
            let second = &mut channels[1].peers[1];
            (second.interrupt, second.physical_interrupt) = (first.interrupt, first.physical_interrupt);
        });
        assert_eq!(error, no_doorbell(1));
    }
}

#[test]
fn a_doorbell_behind_a_plic_is_no_owned_devices_interrupt() {
    let error = spoiled_for(Arch::Riscv64, |_, channels| channels[0].peers[0].interrupt = 40);
    assert_eq!(error, no_doorbell(0));
}

#[test]
fn a_doorbell_behind_a_plic_is_not_the_uarts_interrupt() {
    let error = spoiled_for(Arch::Riscv64, |zones, channels| {
        zones[1].uart = zones[0].uart;
        channels[0].peers[0].interrupt = 10;
    });
    assert_eq!(error, no_doorbell(0));
}

#[test]
fn with_direct_delivery_a_doorbell_is_not_the_uarts_interrupt() {
    let mut zones = vec![zone("a", &[0], 0x5000_0000), two_zones().remove(1)];
    let line = Interrupt { virtual_number: 33, physical_number: 33, trigger: Trigger::Edge };
    zones[0].interrupts = vec![line];
    let Controller::Gic(gic) = &mut zones[0].controller else { panic!("a GIC") };
    gic.delivery = Delivery::Direct;
    let mut pair = channels(Arch::Arm64).remove(0);
    pair.peers.swap(0, 1);
    (pair.peers[0].interrupt, pair.peers[0].physical_interrupt) = (33, Some(33));
    assert_eq!(refusal_with(Arch::Arm64, &zones, &[pair]), no_doorbell(0));
}
