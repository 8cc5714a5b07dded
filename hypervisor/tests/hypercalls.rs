//! Calls of a guest, from its registers to what comes of them.

mod support;

use addr::{GuestPhys, PAGE_SIZE};
use hypervisor::arch::arm::hypercall::UNKNOWN;
use hypervisor::arch::{Effect, journal};
use support::*;

const PSCI_VERSION: u32 = 0x8400_0000;
const AFFINITY_INFO: u32 = 0xc400_0004;

const NOT_SUPPORTED: Option<u64> = Some(-1i64 as u64);
const INVALID_PARAMETERS: Option<u64> = Some(-2i64 as u64);
const ALREADY_ON: Option<u64> = Some(-4i64 as u64);
const ON_PENDING: Option<u64> = Some(-5i64 as u64);
const INVALID_ADDRESS: Option<u64> = Some(-9i64 as u64);

const ON: Option<u64> = Some(0);
const OFF: Option<u64> = Some(1);

#[test]
fn cpu_on_starts_the_vcpu_on_its_own_cpu_with_entry_and_context() {
    let mut machine = machine();
    let zone = machine.started();
    assert_eq!(call(zone, 0, CPU_ON, [2, RAM + 0x40, 0x1234_5678_9abc]), Some(0));
    let cpu = zone.cpus()[2].affinity;
    assert!(journal().take().contains(&Effect::Ipi(cpu)));
    serve(zone, 2);
    let expected = Effect::Prepare(cpu, GuestPhys::new(RAM + 0x40), 0x1234_5678_9abc);
    let effects = journal().take();
    assert!(effects.contains(&expected), "{effects:?}");
}

#[test]
fn cpu_on_in_32_bits_takes_the_low_half_of_its_arguments() {
    let mut machine = machine();
    let zone = machine.started();
    let high = 0xffff_ffff_0000_0000;
    assert_eq!(call(zone, 0, 0x8400_0003, [high | 1, high | RAM, high | 7]), Some(0));
    serve(zone, 1);
    assert!(journal().take().contains(&Effect::Prepare(zone.cpus()[1].affinity, ENTRY, 7)));
}

#[test]
fn cpu_on_outside_the_zone_s_memory_starts_nothing() {
    let mut machine = machine();
    let zone = machine.started();
    for entry in [0, DISTRIBUTOR, RAM - 4, RAM + RAM_PAGES * PAGE_SIZE, RAM + 2, u64::MAX - 3] {
        assert_eq!(call(zone, 0, CPU_ON, [1, entry, 0]), INVALID_ADDRESS, "{entry:#x}");
    }
    serve(zone, 1);
    assert!(!prepared(&journal().take(), zone, 1));
}

#[test]
fn cpu_on_takes_the_last_instruction_of_the_zone_s_memory() {
    let mut machine = machine();
    let zone = machine.started();
    assert_eq!(call(zone, 0, CPU_ON, [1, RAM + RAM_PAGES * PAGE_SIZE - 4, 0]), Some(0));
}

#[test]
fn cpu_on_knows_no_vcpu_that_the_zone_has_not() {
    let mut machine = machine();
    let zone = machine.started();
    // Among them the affinity of a physical CPU of the zone.
    for target in [VCPUS as u64, zone.cpus()[1].affinity, u64::MAX] {
        assert_eq!(call(zone, 0, CPU_ON, [target, ENTRY.raw(), 0]), INVALID_PARAMETERS, "{target:#x}");
    }
}

#[test]
fn cpu_on_twice_starts_once() {
    let mut machine = machine();
    let zone = machine.started();
    assert_eq!(call(zone, 0, CPU_ON, [1, ENTRY.raw(), 1]), Some(0));
    assert_eq!(call(zone, 0, CPU_ON, [1, ENTRY.raw(), 2]), ON_PENDING);
    serve(zone, 1);
    assert_eq!(call(zone, 0, CPU_ON, [1, ENTRY.raw(), 3]), ALREADY_ON);
    serve(zone, 1);
    let cpu = zone.cpus()[1].affinity;
    let starts: Vec<_> =
        journal().take().into_iter().filter(|effect| matches!(effect, Effect::Prepare(..))).collect();
    assert_eq!(starts, [Effect::Prepare(cpu, ENTRY, 1)]);
}

#[test]
fn cpu_off_silences_the_cpu_and_shows_in_affinity_info() {
    let mut machine = machine();
    let zone = machine.started();
    turn_on(zone, 1);
    assert_eq!(call(zone, 0, AFFINITY_INFO, [1, 0, 0]), ON);
    assert_eq!(call(zone, 1, CPU_OFF, [0; 3]), None);
    assert!(journal().take().contains(&Effect::Silence(zone.cpus()[1].affinity)));
    assert_eq!(call(zone, 0, AFFINITY_INFO, [1, 0, 0]), OFF);
}

#[test]
fn a_vcpu_that_is_off_can_be_turned_on_again() {
    let mut machine = machine();
    let zone = machine.started();
    turn_on(zone, 1);
    assert_eq!(call(zone, 1, CPU_OFF, [0; 3]), None);
    turn_on(zone, 1);
}

#[test]
fn unknown_functions_are_not_supported_and_reach_nobody() {
    let mut machine = machine();
    let zone = machine.started();
    // Among them calls to a trusted OS, to the SoC's vendor and to a hypervisor, and a yielding call.
    for function in [UNKNOWN, 0, 0x3200_0000, 0xb200_0000, 0x8200_0000, 0xc600_0000, 0x8400_00ff] {
        assert_eq!(call(zone, 0, function, [1, 2, 3]), NOT_SUPPORTED, "{function:#x}");
    }
    assert_eq!(journal().take(), []);
}

#[test]
fn no_zone_s_power_off_is_the_machine_s() {
    let mut machine = machine();
    let zone = machine.started();
    assert_eq!(call(zone, 0, PSCI_VERSION, [0; 3]), Some(0x1_0001));
    assert_eq!(call(zone, 0, SYSTEM_OFF, [0; 3]), None);
    serve_all(zone);
    assert!(!journal().take().contains(&Effect::PowerOff));
}
