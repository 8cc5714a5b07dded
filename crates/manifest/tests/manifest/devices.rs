//! Registers in pages that zones share, and what is done to devices before a zone starts again.

use addr::{GuestPhys, HostPhys};
use manifest::{Manifest, ManifestError, Region, RegionKind, Reset, ResetAction, ZoneSpec};

use crate::support::{bundle, name, refusal, two_zones};

fn piece(ipa: u64, hpa: u64, size: u64) -> Region {
    Region { ipa: GuestPhys::new(ipa), hpa: HostPhys::new(hpa), size, kind: RegionKind::SharedPage }
}

fn reset(hpa: u64, action: ResetAction) -> Reset {
    Reset { hpa: HostPhys::new(hpa), action }
}

/// Two zones with transports of the same page.
fn sharing() -> Vec<ZoneSpec<'static>> {
    let mut zones = two_zones();
    zones[0].regions.push(piece(0xb00_0200, 0xc00_0200, 0x200));
    zones[1].regions.push(piece(0xb00_0400, 0xc00_0400, 0x200));
    zones
}

#[test]
fn two_zones_may_own_parts_of_one_page() {
    let bytes = bundle(&sharing());
    let manifest = Manifest::parse(&bytes).expect("valid");
    let last: Vec<_> = manifest.zones().filter_map(|zone| zone.regions().last()).collect();
    assert_eq!(last, [piece(0xb00_0200, 0xc00_0200, 0x200), piece(0xb00_0400, 0xc00_0400, 0x200)]);
}

#[test]
fn a_part_lies_in_one_page_and_as_far_into_it_for_the_guest() {
    for (ipa, hpa, size) in [
        (0xb00_0200, 0xc00_0204, 0x200),
        (0xb00_0f00, 0xc00_0f00, 0x101),
        (0xb00_0200, 0xc00_0200, 0),
        (0xffff_ffff_ffff_f200, 0xc00_0200, 0x200),
    ] {
        let mut zones = two_zones();
        zones[1].regions.push(piece(ipa, hpa, size));
        let error = refusal(&zones);
        assert!(matches!(error, ManifestError::Region { zone, .. } if zone == name("b")), "{error}");
    }
}

#[test]
fn parts_of_two_zones_may_not_overlap() {
    let mut zones = sharing();
    zones[1].regions.push(piece(0xd00_03ff, 0xc00_03ff, 1));
    assert!(matches!(refusal(&zones), ManifestError::HostOverlap { .. }));
}

#[test]
fn a_page_with_a_part_is_mapped_to_nobody() {
    for zone in [0, 1] {
        let mut zones = sharing();
        let (ipa, hpa) = (GuestPhys::new(0xd00_0000), HostPhys::new(0xc00_0000));
        zones[zone].regions.push(Region { ipa, hpa, size: 0x1000, kind: RegionKind::Device });
        assert!(matches!(refusal(&zones), ManifestError::HostOverlap { .. }));
    }
}

#[test]
fn a_guests_page_with_a_part_has_nothing_mapped() {
    let mut zones = sharing();
    let (ipa, hpa) = (GuestPhys::new(0xb00_0000), HostPhys::new(0xd00_0000));
    zones[0].regions.push(Region { ipa, hpa, size: 0x1000, kind: RegionKind::Device });
    assert!(matches!(refusal(&zones), ManifestError::GuestOverlap { .. }));
}

#[test]
fn the_steps_of_a_reset_come_back_in_their_order() {
    let steps = vec![
        reset(0xa00_0010, ResetAction::WriteWord(0x1234_5678)),
        reset(0xa00_0003, ResetAction::WriteByte(0xff)),
        reset(0xc00_0270, ResetAction::AwaitWord(0)),
        reset(0xc00_0200, ResetAction::Unknown),
    ];
    let mut zones = sharing();
    zones[0].resets = steps.clone();
    let bytes = bundle(&zones);
    let manifest = Manifest::parse(&bytes).expect("valid");
    let found: Vec<_> = manifest.zones().map(|zone| zone.resets().collect::<Vec<_>>()).collect();
    assert_eq!(found, [steps, vec![]]);
}

#[test]
fn a_reset_reaches_the_zones_own_devices_alone() {
    for (hpa, action) in [
        // RAM, nothing, another's part, the end of a device, across it, and not aligned.
        (0x5000_0000, ResetAction::WriteWord(0)),
        (0x7000_0000, ResetAction::WriteByte(0)),
        (0xc00_0400, ResetAction::WriteWord(0)),
        (0xa00_1000, ResetAction::Unknown),
        (0xc00_03fe, ResetAction::AwaitWord(0)),
        (0xa00_0002, ResetAction::WriteWord(0)),
        (u64::MAX, ResetAction::WriteWord(0)),
    ] {
        let mut zones = sharing();
        zones[0].resets = vec![reset(hpa, action)];
        assert_eq!(refusal(&zones), ManifestError::Reset { zone: name("a"), register: HostPhys::new(hpa) });
    }
}
