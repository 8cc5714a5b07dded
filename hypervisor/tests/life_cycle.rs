//! A zone's life: its memory at a start, power-off, reset and failure, with every CPU's part in them.

mod support;

use addr::PAGE_SIZE;
use hypervisor::arch::{Effect, become_cpu, journal};
use hypervisor::zone::lifecycle::{self, Phase, Reason};
use support::*;

#[test]
fn a_start_puts_the_loads_where_they_belong() {
    let mut machine = machine();
    let zone = machine.fresh();
    start(zone);
    let (ram, _) = machine.memory(zone);
    assert_eq!(&ram[..KERNEL.len()], KERNEL);
    assert_eq!(&ram[PAGE_SIZE as usize..][..DEVICE_TREE.len()], DEVICE_TREE);
}

#[test]
fn a_start_zeroes_what_the_loads_leave_free() {
    let mut machine = machine();
    let zone = machine.fresh();
    start(zone);
    let (ram, _) = machine.memory(zone);
    assert!(ram[KERNEL.len()..PAGE_SIZE as usize].iter().all(|byte| *byte == 0));
    assert!(ram[PAGE_SIZE as usize + DEVICE_TREE.len()..].iter().all(|byte| *byte == 0));
}

#[test]
fn a_start_touches_no_memory_beside_the_zone_s() {
    let mut machine = machine();
    let zone = machine.fresh();
    start(zone);
    let (_, behind) = machine.memory(zone);
    assert!(behind.iter().all(|byte| *byte == UNTOUCHED));
}

#[test]
fn a_zone_starts_at_its_entry_with_its_argument_on_its_first_cpu() {
    let mut machine = machine();
    let zone = machine.fresh();
    start(zone);
    let effects = journal().take();
    assert!(effects.contains(&Effect::Prepare(zone.cpus()[0].affinity, ENTRY, ARGUMENT)), "{effects:?}");
    assert_eq!(machine.shown(), format!("[bulkhead] zone {}: started\r\n", zone.name()));
}

#[test]
fn a_power_off_leaves_other_zones_running() {
    let mut machine = machine();
    let (zone, other) = (machine.started(), machine.started());
    assert_eq!(call(zone, 0, SYSTEM_OFF, [0; 3]), None);
    serve_all(zone);
    assert_eq!(zone.lifecycle().phase(), Phase::Stopped(Reason::PowerOff));
    assert_eq!(machine.shown(), format!("[bulkhead] zone {}: powered off\r\n", zone.name()));
    assert_eq!(other.lifecycle().phase(), Phase::Running);
    assert!(vcpu_of(other, 0).is_running());
}

#[test]
fn a_reset_starts_nothing_until_every_cpu_has_left() {
    let mut machine = machine();
    let zone = machine.started();
    turn_on(zone, 1);
    machine.memory(zone).0.fill(0x77);
    journal().take();
    assert_eq!(call(zone, 1, SYSTEM_RESET, [0; 3]), None);
    serve(zone, 1);
    serve(zone, 0);
    serve(zone, 0);
    assert_eq!(zone.lifecycle().phase(), Phase::Stopping(Reason::Reset, 1));
    assert!(!prepared(&journal().take(), zone, 0));
    assert!(machine.memory(zone).0.iter().all(|byte| *byte == 0x77));
}

#[test]
fn a_reset_fills_the_memory_again_and_starts_the_first_vcpu_alone() {
    let mut machine = machine();
    let zone = machine.started();
    turn_on(zone, 1);
    machine.memory(zone).0.fill(0x77);
    assert_eq!(call(zone, 1, SYSTEM_RESET, [0; 3]), None);
    serve_all(zone);
    serve_all(zone);
    let (ram, _) = machine.memory(zone);
    assert_eq!(&ram[..KERNEL.len()], KERNEL);
    assert!(!ram.contains(&0x77));
    assert!(vcpu_of(zone, 0).is_running());
    assert!(!vcpu_of(zone, 1).is_running());
    let name = zone.name();
    let expected = format!("[bulkhead] zone {name}: rebooting\r\n[bulkhead] zone {name}: started\r\n");
    assert_eq!(machine.shown(), expected);
}

#[test]
fn a_vcpu_can_be_turned_on_again_after_a_reset() {
    let mut machine = machine();
    let zone = machine.started();
    turn_on(zone, 1);
    assert_eq!(call(zone, 0, SYSTEM_RESET, [0; 3]), None);
    serve_all(zone);
    serve_all(zone);
    turn_on(zone, 1);
}

#[test]
fn of_two_reasons_to_stop_the_first_counts() {
    let mut machine = machine();
    let zone = machine.started();
    become_cpu(zone.cpus()[0]);
    assert!(lifecycle::stop(zone, Reason::PowerOff));
    assert!(!lifecycle::stop(zone, Reason::Reset));
    serve_all(zone);
    assert_eq!(zone.lifecycle().phase(), Phase::Stopped(Reason::PowerOff));
}

#[test]
fn a_zone_that_has_ended_cannot_be_stopped_again() {
    let mut machine = machine();
    let zone = machine.started();
    call(zone, 0, SYSTEM_OFF, [0; 3]);
    serve_all(zone);
    assert!(!lifecycle::stop(zone, Reason::Reset));
}

#[test]
fn the_last_vcpu_that_turns_off_ends_the_zone() {
    let mut machine = machine();
    let zone = machine.started();
    turn_on(zone, 2);
    assert_eq!(call(zone, 0, CPU_OFF, [0; 3]), None);
    serve_all(zone);
    assert_eq!(zone.lifecycle().phase(), Phase::Running);
    assert_eq!(call(zone, 2, CPU_OFF, [0; 3]), None);
    serve_all(zone);
    assert_eq!(zone.lifecycle().phase(), Phase::Stopped(Reason::PowerOff));
}

#[test]
fn a_failure_is_reported_once() {
    let mut machine = machine();
    let zone = machine.started();
    turn_on(zone, 1);
    become_cpu(zone.cpus()[1]);
    lifecycle::fail(vcpu_of(zone, 1), format_args!("it fell"));
    become_cpu(zone.cpus()[0]);
    lifecycle::fail(vcpu_of(zone, 0), format_args!("it fell too"));
    serve_all(zone);
    assert_eq!(zone.lifecycle().phase(), Phase::Stopped(Reason::Failure));
    assert_eq!(machine.shown(), format!("[bulkhead] zone {}: failed: vCPU 1: it fell\r\n", zone.name()));
}
