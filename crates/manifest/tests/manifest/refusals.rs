//! Each way in which a partition can be wrong is refused with its own error, which names the owners.

use crate::support::{
    KERNEL, bundle, gic, gicv2, guest, host, mend_checksum, name, ram, refusal, two_zones, zone,
};
use addr::{GuestPhys, HostPhys};
use manifest::{
    Controller, Delivery, Gic, GicVersion, Interrupt, LoadSpec, ManifestError, Occupant, RegionKind, Trigger,
    ZoneIndex, ZoneSpec,
};

fn spoiled(spoil: impl FnOnce(&mut Vec<ZoneSpec<'static>>)) -> ManifestError {
    let mut zones = two_zones();
    spoil(&mut zones);
    refusal(&zones)
}

fn patched(offset: usize, value: u32) -> ManifestError {
    let mut bytes = bundle(&two_zones());
    bytes[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
    mend_checksum(&mut bytes);
    manifest::Manifest::parse(&bytes).expect_err("refused")
}

#[test]
fn another_file_is_no_manifest() {
    // Allocated like every bundle here, since one that is not aligned is refused for that.
    for bytes in [vec![0; 4096], b"BULKHEAD".to_vec()] {
        assert_eq!(manifest::Manifest::parse(&bytes).unwrap_err(), ManifestError::NoManifest);
    }
}

#[test]
fn another_version_is_named() {
    assert_eq!(patched(8, 7), ManifestError::Version(7));
}

#[test]
fn another_architecture_is_named() {
    assert_eq!(patched(12, 99), ManifestError::Arch(99));
}

#[test]
fn an_unknown_flag_is_refused() {
    assert_eq!(patched(32, 2), ManifestError::Unknown("a flag"));
}

#[test]
fn a_cut_bundle_is_damaged() {
    let bytes = bundle(&two_zones());
    let (declared, present) = (bytes.len() as u64, bytes.len() as u64 - 1);
    let error = manifest::Manifest::parse(&bytes[..bytes.len() - 1]).unwrap_err();
    assert_eq!(error, ManifestError::Truncated { declared, present });
}

#[test]
fn a_changed_bit_is_seen_by_the_checksum() {
    let mut bytes = bundle(&two_zones());
    bytes[70] ^= 1;
    assert_eq!(manifest::Manifest::parse(&bytes).unwrap_err(), ManifestError::Checksum);
}

#[test]
fn counts_that_do_not_add_up_are_refused() {
    assert_eq!(patched(40, 2), ManifestError::Tables);
}

#[test]
fn zones_beyond_the_limit_are_refused() {
    assert_eq!(patched(36, 17), ManifestError::TooMany { what: "zones", count: 17, limit: 16 });
}

#[test]
fn a_manifest_without_zones_is_refused() {
    assert_eq!(refusal(&[]), ManifestError::NoZones);
}

#[test]
fn a_name_with_a_forbidden_letter_is_refused() {
    assert_eq!(spoiled(|zones| zones[1].name = "B".into()), ManifestError::Name(ZoneIndex(1)));
}

#[test]
fn a_name_that_fills_its_field_is_refused() {
    assert_eq!(spoiled(|zones| zones[0].name = "x".repeat(32)), ManifestError::Name(ZoneIndex(0)));
}

#[test]
fn a_name_is_given_once() {
    assert_eq!(spoiled(|zones| zones[1].name = "a".into()), ManifestError::DuplicateName(name("a")));
}

#[test]
fn a_zone_needs_a_cpu() {
    assert_eq!(spoiled(|zones| zones[1].cpus.clear()), ManifestError::NoCpus(name("b")));
}

#[test]
fn a_cpu_in_two_zones_is_named_with_both() {
    let error = spoiled(|zones| zones[1].cpus = vec![1]);
    assert_eq!(error, ManifestError::SharedCpu { hardware_id: 1, first: name("a"), second: name("b") });
    assert_eq!(error.to_string(), "CPU 0x1 is owned by zone a and by zone b");
}

#[test]
fn a_cpu_twice_in_one_zone_is_refused() {
    let error = spoiled(|zones| zones[0].cpus = vec![0, 0]);
    assert_eq!(error, ManifestError::SharedCpu { hardware_id: 0, first: name("a"), second: name("a") });
}

#[test]
fn bits_outside_the_affinity_fields_are_refused() {
    let error = spoiled(|zones| zones[1].cpus = vec![0x8000_0000]);
    assert_eq!(error, ManifestError::HardwareId { zone: name("b"), hardware_id: 0x8000_0000 });
}

#[test]
fn memory_that_is_not_whole_pages_is_refused() {
    for (ipa, hpa, size) in [(0x800, 0, 0x1000), (0, 0x800, 0x1000), (0, 0, 0x1800), (0, 0, 0)] {
        let error = spoiled(|zones| {
            let (ipa, hpa) = (GuestPhys::new(ipa), HostPhys::new(hpa));
            zones[1].regions.push(manifest::Region { ipa, hpa, size, kind: RegionKind::Ram });
        });
        assert!(matches!(error, ManifestError::Region { zone, .. } if zone == name("b")), "{error}");
    }
}

#[test]
fn memory_that_wraps_or_leaves_48_bits_is_refused() {
    for start in [u64::MAX - 0xfff, 1 << 48, (1 << 48) - 0x1000] {
        let error = spoiled(|zones| zones[1].regions.push(ram(start, 0x2000)));
        assert!(matches!(error, ManifestError::Region { .. }), "{error}");
    }
}

#[test]
fn memory_of_two_zones_may_not_overlap() {
    let error = spoiled(|zones| zones[1].regions[0].hpa = HostPhys::new(0x50ff_f000));
    assert_eq!(
        error,
        ManifestError::HostOverlap {
            first: name("a"),
            first_range: host(0x5000_0000, 0x100_0000),
            second: name("b"),
            second_range: host(0x50ff_f000, 0x100_0000),
        }
    );
}

#[test]
fn one_page_may_not_appear_twice_in_a_zone() {
    let error = spoiled(|zones| {
        zones[0].regions.push(manifest::Region {
            ipa: GuestPhys::new(0x7000_0000),
            hpa: HostPhys::new(0x5000_0000),
            size: 0x1000,
            kind: RegionKind::Ram,
        });
    });
    assert!(matches!(error, ManifestError::HostOverlap { first, second, .. } if first == second), "{error}");
}

#[test]
fn memory_over_an_emulated_device_is_refused() {
    for (at, what) in [
        (0x800_0000, Occupant::Distributor),
        (0x80a_1000, Occupant::Redistributors),
        (0x900_0000, Occupant::Uart),
    ] {
        let error = spoiled(|zones| zones[0].regions.push(ram(at, 0x1000)));
        assert!(matches!(error, ManifestError::GuestOverlap { second, .. } if second == what), "{error}");
    }
}

#[test]
fn redistributors_are_as_many_as_vcpus() {
    let error = spoiled(|zones| zones[0].controller = gic(1, 96));
    assert_eq!(error, ManifestError::Frame { zone: name("a"), what: Occupant::Redistributors });
}

#[test]
fn memory_over_the_cpu_interface_of_a_gicv2_is_refused() {
    let error = spoiled(|zones| {
        zones[0].controller = gicv2(96);
        zones[0].regions.push(ram(0x801_1000, 0x1000));
    });
    assert!(matches!(error, ManifestError::GuestOverlap { second: Occupant::CpuInterface, .. }), "{error}");
}

#[test]
fn the_frames_of_a_gicv2_have_the_size_of_their_registers() {
    for (distributor, cpu_interface, what) in
        [(0x1_0000, 0x2000, Occupant::Distributor), (0x1000, 0x1000, Occupant::CpuInterface)]
    {
        let error = spoiled(|zones| {
            zones[1].controller = Controller::Gic(Gic {
                version: GicVersion::V2 { cpu_interface: guest(0x801_0000, cpu_interface) },
                distributor: guest(0x800_0000, distributor),
                spi_count: 32,
                delivery: Delivery::Virtual,
            });
        });
        assert_eq!(error, ManifestError::Frame { zone: name("b"), what });
    }
}

#[test]
fn a_gicv2_has_at_most_eight_vcpus() {
    let with = |vcpus: u64| {
        let mut zones = vec![zone("a", &(0..vcpus).collect::<Vec<_>>(), 0x5000_0000)];
        zones[0].controller = gicv2(96);
        zones
    };
    assert_eq!(refusal(&with(9)), ManifestError::GicVcpus { zone: name("a"), count: 9 });
    assert_eq!(refusal(&with(9)).to_string(), "zone a: a GICv2 has 8 CPUs at most, not 9");
    assert!(manifest::Manifest::parse(&bundle(&with(8))).is_ok());
}

#[test]
fn a_uart_frame_is_whole_pages() {
    let error = spoiled(|zones| zones[0].uart.as_mut().expect("a UART").range = guest(0x900_0800, 0x1000));
    assert_eq!(error, ManifestError::Frame { zone: name("a"), what: Occupant::Uart });
}

#[test]
fn a_load_outside_ram_is_refused() {
    let error = spoiled(|zones| zones[0].loads[0].ipa = GuestPhys::new(0x5100_0000 - 4999));
    assert!(matches!(error, ManifestError::LoadTarget { zone, .. } if zone == name("a")), "{error}");
}

#[test]
fn an_empty_load_is_refused() {
    let error = spoiled(|zones| zones[0].loads[0].data = &[]);
    assert!(matches!(error, ManifestError::LoadTarget { size: 0, .. }), "{error}");
}

#[test]
fn loads_may_not_overlap() {
    let error = spoiled(|zones| {
        zones[1].loads.push(LoadSpec { data: KERNEL, ipa: GuestPhys::new(0x6000_1000) });
    });
    let (first, second) = (guest(0x6000_0000, 5000), guest(0x6000_1000, 5000));
    assert_eq!(error, ManifestError::LoadOverlap { zone: name("b"), first, second });
}

#[test]
fn a_load_from_the_manifest_itself_is_refused() {
    let mut bytes = bundle(&[zone("a", &[0], 0x5000_0000)]);
    let manifest_size = u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize;
    // The last of the two load records: its offset is its first field.
    let offset = manifest_size - 24;
    bytes[offset..offset + 8].copy_from_slice(&8u64.to_le_bytes());
    mend_checksum(&mut bytes);
    let error = manifest::Manifest::parse(&bytes).unwrap_err();
    assert_eq!(error, ManifestError::LoadSource { zone: name("a"), index: 1 });
}

#[test]
fn an_entry_point_outside_ram_or_between_instructions_is_refused() {
    for entry in [0x900_0000, 0x5100_0000, 0x5000_0002] {
        let entry = GuestPhys::new(entry);
        let error = spoiled(|zones| zones[0].entry = entry);
        assert_eq!(error, ManifestError::Entry { zone: name("a"), entry });
    }
}

#[test]
fn shared_interrupts_come_in_thirty_twos_up_to_960() {
    for count in [33, 992, u32::MAX] {
        let error = spoiled(|zones| zones[0].controller = gic(2, count));
        assert_eq!(error, ManifestError::SpiCount { zone: name("a"), count });
    }
}

#[test]
fn interrupt_numbers_are_within_range() {
    for (virtual_number, physical_number, what, number) in [
        (31, 60, "virtual", 31),
        (128, 60, "virtual", 128),
        (60, 31, "physical", 31),
        (60, 1020, "physical", 1020),
    ] {
        let interrupt = Interrupt { virtual_number, physical_number, trigger: Trigger::Level };
        let error = spoiled(|zones| zones[0].interrupts.push(interrupt));
        assert_eq!(error, ManifestError::InterruptNumber { zone: name("a"), what, number });
    }
}

#[test]
fn a_virtual_interrupt_has_one_source() {
    let interrupt = Interrupt { virtual_number: 33, physical_number: 60, trigger: Trigger::Level };
    let error = spoiled(|zones| zones[0].interrupts.push(interrupt));
    assert_eq!(error, ManifestError::SharedVirtualInterrupt { zone: name("a"), number: 33 });
}

/// Makes the delivery of a zone's interrupts direct.
fn deliver_directly(zone: &mut ZoneSpec<'static>) {
    if let Controller::Gic(gic) = &mut zone.controller {
        gic.delivery = Delivery::Direct;
    }
}

#[test]
fn a_uart_with_direct_delivery_has_an_interrupt_of_the_zones() {
    let error = spoiled(|zones| {
        deliver_directly(&mut zones[0]);
        zones[0].interrupts.clear();
    });
    assert_eq!(error, ManifestError::NotOwned { zone: name("a"), number: 33 });
}

#[test]
fn direct_delivery_changes_no_number() {
    let error = spoiled(|zones| {
        deliver_directly(&mut zones[0]);
        zones[0].uart = None;
    });
    let expected = ManifestError::Renumbered { zone: name("a"), number: 40, physical_number: 50 };
    assert_eq!(error, expected);
}

#[test]
fn a_physical_interrupt_has_one_owner() {
    let error = spoiled(|zones| zones[1].interrupts[0].physical_number = 50);
    let expected = ManifestError::SharedPhysicalInterrupt { number: 50, first: name("a"), second: name("b") };
    assert_eq!(error, expected);
}
