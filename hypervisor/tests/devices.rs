//! Devices of zones in a page that they share: which loads and stores are carried out, and what a restart does to them.

mod support;

use addr::GuestPhys;
use hypervisor::zone::Zone;
use hypervisor::zone::lifecycle::{Phase, Reason};
use ids::Width;
use support::*;

const WIDTHS: [Width; 4] = [Width::Byte, Width::Half, Width::Word, Width::Double];

fn access(zone: &Zone, offset: u64, width: Width, write: Option<u64>) -> Option<u64> {
    zone.access_rest(GuestPhys::new(DEVICES + offset), width, write)
}

fn reboot(zone: &'static Zone) {
    call(zone, 0, SYSTEM_RESET, [0; 3]);
    serve_all(zone);
}

/// Makes the device of a zone ready for its reset.
fn is_idle(machine: &Machine, zone: &Zone) {
    let busy = (device_of(zone) + DEVICE_BUSY) as usize;
    machine.devices()[busy..busy + 4].fill(0);
}

#[test]
fn a_load_reads_the_register_in_its_own_width() {
    let mut machine = machine();
    let zone = machine.fresh();
    let at = device_of(zone);
    machine.devices()[at as usize..][..8].copy_from_slice(&0x8877_6655_4433_2211u64.to_le_bytes());
    let read = |offset, width| access(zone, at + offset, width, None);
    assert_eq!(read(0, Width::Double), Some(0x8877_6655_4433_2211));
    assert_eq!(read(4, Width::Word), Some(0x8877_6655));
    assert_eq!(read(6, Width::Half), Some(0x8877));
    assert_eq!(read(7, Width::Byte), Some(0x88));
}

#[test]
fn a_store_changes_the_bytes_of_its_width_alone() {
    for width in WIDTHS {
        let mut machine = machine();
        let zone = machine.fresh();
        let (at, size) = (device_of(zone) as usize, width.bytes() as usize);
        machine.devices().fill(UNTOUCHED);
        assert_eq!(access(zone, at as u64 + 8, width, Some(0)), Some(0));
        let changed: Vec<_> = (0..4096).filter(|byte| machine.devices()[*byte] != UNTOUCHED).collect();
        assert_eq!(changed, (at + 8..at + 8 + size).collect::<Vec<_>>());
    }
}

#[test]
fn no_byte_of_the_page_but_the_zones_own_is_reached_in_any_width() {
    let mut machine = machine();
    let zone = machine.fresh();
    let own = device_of(zone)..device_of(zone) + DEVICE_BYTES;
    machine.devices().fill(UNTOUCHED);
    for (offset, width) in (0..4096).flat_map(|offset| WIDTHS.map(|width| (offset, width))) {
        let size = u64::from(width.bytes());
        let is_inside = own.contains(&offset) && offset + size <= own.end && offset.is_multiple_of(size);
        for write in [None, Some(0)] {
            assert_eq!(access(zone, offset, width, write).is_some(), is_inside, "{offset:#x} {width:?}");
        }
    }
    let changed = |byte: &u64| machine.devices()[*byte as usize] != UNTOUCHED;
    assert!((0..4096).filter(changed).eq(own));
}

#[test]
fn nothing_is_reached_around_the_page() {
    let mut machine = machine();
    let zone = machine.fresh();
    for address in [0, DEVICES - 8, DEVICES + 4096, u64::MAX - 7, u64::MAX] {
        for width in WIDTHS {
            assert_eq!(zone.access_rest(GuestPhys::new(address), width, None), None);
        }
    }
}

#[test]
fn a_restart_resets_the_zones_device_and_no_other() {
    let mut machine = machine();
    let zone = machine.started();
    machine.devices().fill(UNTOUCHED);
    is_idle(&machine, zone);
    reboot(zone);
    assert_eq!(zone.lifecycle().phase(), Phase::Running);
    let status = device_of(zone) + DEVICE_STATUS;
    assert_eq!(access(zone, status, Width::Word, None), Some(0x5a00));
    let own = (device_of(zone) as usize)..(device_of(zone) + DEVICE_BYTES) as usize;
    let others = (0..4096).filter(|byte| !own.contains(byte));
    assert!(others.map(|byte| machine.devices()[byte]).all(|byte| byte == UNTOUCHED));
}

#[test]
fn a_zone_whose_device_does_not_reset_stays_stopped() {
    let mut machine = machine();
    let zone = machine.started();
    machine.devices().fill(UNTOUCHED);
    reboot(zone);
    assert_eq!(zone.lifecycle().phase(), Phase::Stopped(Reason::Failure));
    let shown = machine.shown();
    assert!(
        shown.contains(&format!("zone {}: failed: not restarted: its device at", zone.name())),
        "{shown}"
    );
}

#[test]
fn a_zone_that_powers_off_leaves_its_device_reset() {
    let mut machine = machine();
    let zone = machine.started();
    machine.devices().fill(UNTOUCHED);
    call(zone, 0, SYSTEM_OFF, [0; 3]);
    serve_all(zone);
    assert_eq!(zone.lifecycle().phase(), Phase::Stopped(Reason::PowerOff));
    assert_eq!(access(zone, device_of(zone) + DEVICE_STATUS, Width::Word, None), Some(0x5a00));
}
