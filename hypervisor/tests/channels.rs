//! Channels: who rings whom, what a start and a stop do to a peer's memory and presence, and hvisor's call.

mod support;

use addr::{GuestPhys, PAGE_SIZE};
use hypervisor::arch::{Effect, become_cpu, journal};
use hypervisor::zone::Zone;
use ids::Width;
use support::*;

const INVOKE: u64 = 0x14;
const PRESENT: u64 = 0x28;
const RANG: u64 = 0x2c;
const MISSED: u64 = 0x30;
const NOTIFY: u64 = 0x38;
const GENERATION: u64 = 0x40;

fn peer(zone: &Zone) -> u32 {
    zone.index().0.into()
}

fn read(zone: &'static Zone, register: u64) -> u32 {
    become_cpu(zone.cpus()[0]);
    zone.access_rest(GuestPhys::new(CONTROL + register), Width::Word, None).unwrap() as u32
}

fn write(zone: &'static Zone, register: u64, value: u32) {
    become_cpu(zone.cpus()[0]);
    let at = GuestPhys::new(CONTROL + register);
    zone.access_rest(at, Width::Word, Some(value.into())).unwrap();
}

fn power_off(zone: &'static Zone) {
    call(zone, 0, SYSTEM_OFF, [0; 3]);
    serve_all(zone);
}

fn reboot(zone: &'static Zone) {
    call(zone, 0, SYSTEM_RESET, [0; 3]);
    serve_all(zone);
    serve(zone, 0);
}

/// Who was rung.
fn rung() -> Vec<u32> {
    let effects = journal().take();
    let doorbells = effects.iter().filter_map(|effect| match effect {
        Effect::Doorbell(intid) => Some(*intid),
        _ => None,
    });
    doorbells.collect()
}

/// The bytes of the output section of a zone.
fn output<'m>(channel: &'m mut [u8], zone: &Zone) -> &'m mut [u8] {
    let page = PAGE_SIZE as usize;
    &mut channel[(COMMON_PAGES as usize + zone.index().0 as usize) * page..][..page]
}

#[test]
fn a_doorbell_raises_the_line_of_the_peer_that_is_rung() {
    let mut machine = connected();
    let (zone, other) = (machine.started(), machine.started());
    write(zone, INVOKE, peer(other));
    assert_eq!(rung(), [doorbell_of(other)]);
    assert_eq!(read(other, RANG), 1 << peer(zone));
}

#[test]
fn a_doorbell_to_a_zone_that_is_off_raises_nothing_and_is_reported() {
    let mut machine = connected();
    let (zone, other) = (machine.started(), machine.started());
    power_off(other);
    journal().take();
    write(zone, INVOKE, peer(other));
    assert_eq!(rung(), []);
    assert_eq!(read(zone, MISSED), 1 << peer(other));
}

#[test]
fn a_zone_is_present_from_its_start_to_its_end() {
    let mut machine = connected();
    let (zone, other) = (machine.started(), machine.fresh());
    let present = || read(zone, PRESENT) >> peer(other) & 1;
    assert_eq!(present(), 0);
    start(other);
    assert_eq!(present(), 1);
    power_off(other);
    assert_eq!(present(), 0);
}

#[test]
fn a_restart_counts_and_rings_who_wants_to_know() {
    let mut machine = connected();
    let (zone, other) = (machine.started(), machine.started());
    write(zone, NOTIFY, 1);
    let generation = || read(zone, GENERATION + 4 * u64::from(peer(other)));
    let before = generation();
    reboot(other);
    let own = doorbell_of(zone);
    assert_eq!(rung().iter().filter(|intid| **intid == own).count(), 2, "of the stop and of the start");
    assert_eq!(generation(), before + 1);
}

#[test]
fn the_first_peer_finds_all_of_the_memory_zero() {
    let mut machine = connected();
    let zone = machine.started();
    for other in machine.zones {
        if read(zone, PRESENT) >> peer(other) & 1 != 0 {
            power_off(other);
        }
    }
    machine.channel().fill(0x77);
    let first = machine.fresh();
    start(first);
    assert!(machine.channel().iter().all(|byte| *byte == 0));
}

#[test]
fn a_further_peer_finds_its_own_output_section_zero_and_leaves_the_others() {
    let mut machine = connected();
    let (_present, zone) = (machine.started(), machine.fresh());
    machine.channel().fill(0x77);
    start(zone);
    assert!(output(machine.channel(), zone).iter().all(|byte| *byte == 0));
    output(machine.channel(), zone).fill(0x77);
    assert!(machine.channel().iter().all(|byte| *byte == 0x77));
}

#[test]
fn what_is_not_a_control_table_is_left_to_others() {
    let machine = connected();
    let zone = &machine.zones[0];
    for address in [CONTROL - 4, CONTROL + PAGE_SIZE, SHARED, UART] {
        assert_eq!(zone.access_rest(GuestPhys::new(address), Width::Word, None), None, "{address:#x}");
    }
}

#[test]
fn the_description_of_the_channels_is_the_one_that_is_known() {
    let machine = connected();
    let zone = &machine.zones[0];
    let at = RAM + 0x101;
    assert_eq!(zone.describe_channels(at), 0);
    let (ram, _) = machine.memory(zone);
    let doubles: Vec<u64> =
        ram[0x101..][..40].chunks(8).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap())).collect();
    let words: Vec<u32> = ram[0x101 + 40..][..16]
        .chunks(4)
        .map(|bytes| u32::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    assert_eq!(doubles, [1, CONTROL, 0, SHARED, 0]);
    assert_eq!(words, [0, 0, doorbell_of(zone), 0]);
}

#[test]
fn a_description_is_written_to_the_zone_s_own_ram_or_not_at_all() {
    let machine = connected();
    let zone = &machine.zones[0];
    let end = RAM + RAM_PAGES * PAGE_SIZE;
    machine.memory(zone).0.fill(0x77);
    for at in [end - 55, end, 0, u64::MAX, u64::MAX - 55, SHARED, CONTROL] {
        assert_eq!(zone.describe_channels(at) as i64, -14, "{at:#x}");
    }
    let (ram, behind) = machine.memory(zone);
    assert!(ram.iter().all(|byte| *byte == 0x77) && behind.iter().all(|byte| *byte == UNTOUCHED));
    assert_eq!(zone.describe_channels(end - 56), 0);
}
