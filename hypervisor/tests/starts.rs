//! Starts of vCPUs against stops, and the interrupts of vCPUs that are off.

mod support;

use addr::PAGE_SIZE;
use hypervisor::arch::{Effect, become_cpu, journal};
use hypervisor::zone::Zone;
use hypervisor::zone::lifecycle::{self, Reason};
use ids::Width;
use support::*;

/// The EL1 virtual timer's interrupt.
const TIMER: u32 = 27;
/// UARTDR, UARTIMSC with its receive and receive-timeout interrupts.
const UART_MASK: u64 = UART + 0x38;
const RECEIVING: u32 = 1 << 4 | 1 << 6;

/// An interrupt arrives at the CPU of one vCPU.
fn arrive(zone: &'static Zone, vcpu: usize, physical: u32) {
    become_cpu(zone.cpus()[vcpu]);
    assert!(zone.physical_arrived(vcpu_of(zone, vcpu).id, physical));
}

#[test]
fn a_vcpu_turned_on_after_a_stop_was_asked_for_does_not_start() {
    let mut machine = machine();
    let zone = machine.started();
    become_cpu(zone.cpus()[2]);
    assert!(lifecycle::stop(zone, Reason::Reset));
    serve(zone, 1);
    assert_eq!(call(zone, 0, CPU_ON, [1, ENTRY.raw(), 0]), Some(0));
    serve(zone, 1);
    assert!(!prepared(&journal().take(), zone, 1));
    assert!(!vcpu_of(zone, 1).is_running());
}

#[test]
fn a_start_that_was_asked_for_is_dropped_by_a_stop() {
    let mut machine = machine();
    let zone = machine.started();
    assert_eq!(call(zone, 0, CPU_ON, [1, ENTRY.raw(), 0]), Some(0));
    assert_eq!(call(zone, 0, SYSTEM_RESET, [0; 3]), None);
    serve(zone, 1);
    serve(zone, 1);
    assert!(!prepared(&journal().take(), zone, 1));
}

#[test]
fn a_vcpu_that_turned_off_in_its_timer_interrupt_starts_with_the_timer_s_inactive_and_disabled() {
    let mut machine = machine();
    let zone = machine.started();
    turn_on(zone, 1);
    enable_private(zone, 1, TIMER);
    arrive(zone, 1, TIMER);
    acknowledge(zone, 1);
    assert_eq!(call(zone, 1, CPU_OFF, [0; 3]), None);
    journal().take();
    turn_on(zone, 1);
    let effects = journal().take();
    let cpu = zone.cpus()[1].affinity;
    assert!(effects.contains(&Effect::Deactivate(cpu, TIMER)), "{effects:?}");
    assert!(effects.contains(&Effect::Enable(cpu, TIMER, false)), "{effects:?}");
}

#[test]
fn a_vcpu_that_was_started_again_can_have_its_timer_s_interrupt() {
    let mut machine = machine();
    let zone = machine.started();
    turn_on(zone, 1);
    enable_private(zone, 1, TIMER);
    arrive(zone, 1, TIMER);
    acknowledge(zone, 1);
    assert_eq!(call(zone, 1, CPU_OFF, [0; 3]), None);
    turn_on(zone, 1);
    assert_eq!(loaded(zone, 1), []);
    journal().take();
    enable_private(zone, 1, TIMER);
    let effects = journal().take();
    assert!(effects.contains(&Effect::Enable(zone.cpus()[1].affinity, TIMER, true)), "{effects:?}");
    arrive(zone, 1, TIMER);
    assert_eq!(loaded(zone, 1), [TIMER]);
}

#[test]
fn suspend_does_not_wait_with_an_interrupt_pending_in_a_list_register() {
    let mut machine = machine();
    let zone = machine.started();
    enable_private(zone, 0, TIMER);
    arrive(zone, 0, TIMER);
    journal().take();
    assert_eq!(call(zone, 0, CPU_SUSPEND, [0; 3]), Some(0));
    assert!(!journal().take().contains(&Effect::Wait(zone.cpus()[0].affinity)));
}

#[test]
fn suspend_waits_with_an_interrupt_that_is_active_alone() {
    let mut machine = machine();
    let zone = machine.started();
    enable_private(zone, 0, TIMER);
    arrive(zone, 0, TIMER);
    acknowledge(zone, 0);
    assert_eq!(call(zone, 0, CPU_SUSPEND, [0; 3]), Some(0));
    assert!(journal().take().contains(&Effect::Wait(zone.cpus()[0].affinity)));
}

#[test]
fn suspend_serves_what_was_asked_meanwhile() {
    let mut machine = machine();
    let zone = machine.started();
    turn_on(zone, 1);
    assert_eq!(call(zone, 1, SYSTEM_OFF, [0; 3]), None);
    assert_eq!(call(zone, 0, CPU_SUSPEND, [0; 3]), Some(0));
    assert!(!vcpu_of(zone, 0).is_running());
}

#[test]
fn input_for_a_vcpu_that_is_off_leaves_its_list_registers_empty_until_it_starts() {
    let mut machine = machine();
    let zone = &machine.zones[0];
    start(zone);
    turn_on(zone, 1);
    enable_shared(zone, UART_INTID, 0);
    store32(zone, 0, UART_MASK, RECEIVING);
    assert_eq!(call(zone, 0, CPU_OFF, [0; 3]), None);
    become_cpu(zone.cpus()[1]);
    machine.type_in(b"x");
    serve(zone, 0);
    assert_eq!(loaded(zone, 0), []);
    assert_eq!(call(zone, 1, CPU_ON, [0, ENTRY.raw(), 0]), Some(0));
    serve(zone, 0);
    assert_eq!(loaded(zone, 0), [UART_INTID]);
}

#[test]
fn an_interrupt_that_arrives_for_a_vcpu_that_is_off_is_kept_until_it_starts() {
    let mut machine = machine();
    let zone = machine.started();
    enable_shared(zone, DEVICE_INTID, 1);
    journal().take();
    arrive(zone, 1, physical_of(zone));
    assert_eq!(loaded(zone, 1), []);
    turn_on(zone, 1);
    let effects = journal().take();
    assert_eq!(loaded(zone, 1), [DEVICE_INTID]);
    let given_back = effects
        .iter()
        .any(|effect| matches!(effect, Effect::Deactivate(..) | Effect::Enable(_, 100.., false)));
    assert!(!given_back, "{effects:?}");
}

#[test]
fn an_interrupt_that_waits_for_a_vcpu_that_is_off_follows_its_route() {
    let mut machine = machine();
    let zone = machine.started();
    enable_shared(zone, DEVICE_INTID, 1);
    arrive(zone, 1, physical_of(zone));
    store(zone, 0, DISTRIBUTOR + ROUTE + 8 * u64::from(DEVICE_INTID), Width::Double, 0);
    serve(zone, 0);
    assert_eq!(loaded(zone, 0), [DEVICE_INTID]);
}

#[test]
fn a_further_vcpu_starts_without_touching_the_memory() {
    let mut machine = machine();
    let zone = machine.started();
    machine.memory(zone).0[PAGE_SIZE as usize - 1] = 0x77;
    turn_on(zone, 1);
    assert_eq!(machine.memory(zone).0[PAGE_SIZE as usize - 1], 0x77);
}
