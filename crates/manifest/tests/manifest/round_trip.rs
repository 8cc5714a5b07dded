//! What the builder writes, the parser reads.

use crate::support::{INITRD, KERNEL, bundle, bundle_for, gicv2, guest, two_riscv64_zones, two_zones};
use manifest::{Arch, Manifest, ManifestError, RegionKind, Trigger};

#[test]
fn a_zone_is_read_as_it_was_written() {
    let written = two_zones();
    let bytes = bundle(&written);
    let manifest = Manifest::parse(&bytes).expect("valid");
    assert_eq!((manifest.arch(), manifest.colour(), manifest.zone_count()), (Arch::Arm64, true, 2));
    for (zone, spec) in manifest.zones().zip(&written) {
        assert_eq!(zone.name(), spec.name);
        assert_eq!(zone.cpus().collect::<Vec<_>>(), spec.cpus);
        assert_eq!(zone.vcpu_count(), spec.cpus.len());
        assert_eq!(zone.regions().collect::<Vec<_>>(), spec.regions);
        assert_eq!(zone.interrupts().collect::<Vec<_>>(), spec.interrupts);
        assert_eq!((zone.entry(), zone.argument()), (spec.entry, spec.argument));
        assert_eq!((zone.controller(), zone.uart()), (spec.controller, spec.uart));
        let loads: Vec<_> = zone.loads().map(|load| (load.data, load.ipa)).collect();
        assert_eq!(loads, spec.loads.iter().map(|load| (load.data, load.ipa)).collect::<Vec<_>>());
    }
}

#[test]
fn a_zone_with_a_gicv2_is_read_as_it_was_written() {
    let mut written = two_zones();
    written[0].controller = gicv2(96);
    let bytes = bundle(&written);
    let zone = Manifest::parse(&bytes).expect("valid").zones().next().expect("a zone");
    assert_eq!(zone.controller(), gicv2(96));
}

#[test]
fn a_riscv64_zone_is_read_as_it_was_written() {
    let written = two_riscv64_zones();
    let bytes = bundle_for(Arch::Riscv64, &written);
    let manifest = Manifest::parse(&bytes).expect("valid");
    assert_eq!((manifest.arch(), manifest.zone_count()), (Arch::Riscv64, 2));
    for (zone, spec) in manifest.zones().zip(&written) {
        assert_eq!(zone.cpus().collect::<Vec<_>>(), spec.cpus);
        assert_eq!((zone.controller(), zone.uart()), (spec.controller, spec.uart));
        assert_eq!(zone.interrupts().collect::<Vec<_>>(), spec.interrupts);
    }
}

#[test]
fn kinds_and_triggers_survive() {
    let bytes = bundle(&two_zones());
    let zones: Vec<_> = Manifest::parse(&bytes).expect("valid").zones().collect();
    assert_eq!(
        zones[0].regions().map(|region| region.kind).collect::<Vec<_>>(),
        [RegionKind::Ram, RegionKind::Device, RegionKind::SharedPage]
    );
    assert_eq!(zones[1].interrupts().next().map(|interrupt| interrupt.trigger), Some(Trigger::Edge));
    assert_eq!(zones[1].index().0, 1);
}

#[test]
fn the_same_blob_is_stored_once() {
    let bytes = bundle(&two_zones());
    assert!(bytes.len() < 3 * 0x1000 + KERNEL.len() + INITRD.len());
    let manifest = Manifest::parse(&bytes).expect("valid");
    let places: Vec<_> =
        manifest.zones().map(|zone| zone.loads().next().expect("a load").data.as_ptr()).collect();
    assert_eq!(places[0], places[1]);
}

#[test]
fn blobs_begin_at_whole_pages() {
    let bytes = bundle(&two_zones());
    let manifest = Manifest::parse(&bytes).expect("valid");
    let start = bytes.as_ptr() as usize;
    for load in manifest.zones().flat_map(|zone| zone.loads()) {
        assert_eq!((load.data.as_ptr() as usize - start) % 4096, 0);
    }
}

#[test]
fn padding_after_the_bundle_is_left_out() {
    let mut bytes = bundle(&two_zones());
    let size = bytes.len();
    bytes.extend_from_slice(&[0xff; 999]);
    assert_eq!(Manifest::parse(&bytes).expect("valid").bundle().len(), size);
}

#[test]
fn a_bundle_is_read_at_every_multiple_of_four_bytes_and_nowhere_else() {
    let bytes = bundle(&two_zones());
    for distance in 0..16 {
        let mut moved = vec![0; distance];
        moved.extend_from_slice(&bytes);
        let moved = &moved[distance..];
        match moved.as_ptr().addr() % 4 {
            0 => assert!(Manifest::parse(moved).is_ok()),
            _ => assert_eq!(Manifest::parse(moved).unwrap_err(), ManifestError::Address),
        }
    }
}

#[test]
fn ranges_of_a_region_are_its_addresses() {
    let region = crate::support::ram(0x5000_0000, 0x1000);
    assert_eq!(region.guest_range(), Some(guest(0x5000_0000, 0x1000)));
    assert_eq!(region.host_range(), Some(crate::support::host(0x5000_0000, 0x1000)));
}
