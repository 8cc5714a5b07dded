//! What a guest's stores to its interrupt controller do to the physical one: to the zone's own CPUs and interrupts,
//! and to nothing else.

mod support;

use hypervisor::arch::{Effect, become_cpu, journal};
use hypervisor::zone::Zone;
use ids::Width;
use support::*;
use vgic::SgiRegister;

/// The EL1 timers' interrupts, which every vCPU has.
const TIMERS: [u32; 2] = [27, 30];
const CLEAR_ENABLE: u64 = 0x180;
const CLEAR_PENDING: u64 = 0x280;
const CONFIGURATION: u64 = 0xc00;
const ALL_ONES: u32 = u32::MAX;

fn affinity(zone: &Zone, vcpu: usize) -> u64 {
    zone.cpus()[vcpu].affinity
}

/// Whether the effect names nothing but what the zone owns.
fn is_own(zone: &Zone, effect: Effect) -> bool {
    let cpu = |affinity: u64| zone.cpus().iter().any(|cpu| cpu.affinity == affinity);
    let interrupt = |intid: u32| TIMERS.contains(&intid) || intid == physical_of(zone);
    match effect {
        Effect::Ipi(on) | Effect::Prepare(on, ..) | Effect::Silence(on) | Effect::Wait(on) => cpu(on),
        Effect::Enable(on, intid, _)
        | Effect::Sgi(on, intid)
        | Effect::SetPending(on, intid)
        | Effect::Activate(on, intid)
        | Effect::ClearPending(on, intid)
        | Effect::Deactivate(on, intid)
        | Effect::Route(on, intid) => cpu(on) && interrupt(intid),
        Effect::Trigger(intid, _) => interrupt(intid),
        Effect::Doorbell(_) | Effect::PowerOff => false,
    }
}

#[test]
fn enabling_all_shared_interrupts_enables_the_zone_s_own_one() {
    let mut machine = machine();
    let zone = machine.started();
    store32(zone, 0, shared(ENABLE, DEVICE_INTID), ALL_ONES);
    store32(zone, 0, shared(ENABLE, DEVICE_INTID + 32), ALL_ONES);
    assert_eq!(journal().take(), [Effect::Enable(affinity(zone, 0), physical_of(zone), true)]);
}

#[test]
fn enabling_all_private_interrupts_enables_the_timers_of_that_cpu() {
    let mut machine = machine();
    let zone = machine.started();
    store32(zone, 0, private(ENABLE, 2), ALL_ONES);
    let enabled = TIMERS.map(|intid| Effect::Enable(affinity(zone, 2), intid, true));
    assert_eq!(journal().take(), enabled);
}

#[test]
fn disabling_takes_the_enable_back() {
    let mut machine = machine();
    let zone = machine.started();
    enable_shared(zone, DEVICE_INTID, 0);
    journal().take();
    store32(zone, 0, shared(CLEAR_ENABLE, DEVICE_INTID), ALL_ONES);
    assert_eq!(journal().take(), [Effect::Enable(affinity(zone, 0), physical_of(zone), false)]);
}

#[test]
fn a_route_by_virtual_affinity_becomes_one_to_the_physical_cpu() {
    let mut machine = machine();
    let zone = machine.started();
    let route = DISTRIBUTOR + ROUTE + 8 * u64::from(DEVICE_INTID);
    store(zone, 0, route, Width::Double, 2);
    assert_eq!(journal().take(), [Effect::Route(affinity(zone, 2), physical_of(zone))]);
}

#[test]
fn a_route_to_a_physical_affinity_of_another_zone_reaches_nobody() {
    let mut machine = machine();
    let (zone, other) = (machine.started(), &machine.zones[0]);
    let route = DISTRIBUTOR + ROUTE + 8 * u64::from(DEVICE_INTID);
    store(zone, 0, route, Width::Double, affinity(other, 0));
    let effects = journal().take();
    assert!(effects.iter().all(|effect| is_own(zone, *effect)), "{effects:?}");
    assert!(!effects.contains(&Effect::Ipi(affinity(other, 0))));
}

#[test]
fn the_trigger_of_an_owned_interrupt_is_configured() {
    let mut machine = machine();
    let zone = machine.started();
    let register = DISTRIBUTOR + CONFIGURATION + 4 * u64::from(DEVICE_INTID / 16);
    store32(zone, 0, register, ALL_ONES);
    assert_eq!(journal().take(), [Effect::Trigger(physical_of(zone), true)]);
}

#[test]
fn an_sgi_to_all_others_reaches_the_zone_s_other_running_vcpus() {
    let mut machine = machine();
    let zone = machine.started();
    (1..VCPUS).for_each(|vcpu| turn_on(zone, vcpu));
    (0..VCPUS).for_each(|vcpu| enable_private(zone, vcpu, 5));
    journal().take();
    become_cpu(zone.cpus()[0]);
    // ICC_SGI1R_EL1 (IHI 0069, 12.2): IRM, that is all but the sender, and INTID 5.
    zone.send_sgi(vcpu_of(zone, 0).id, SgiRegister::Sgi1r, 1 << 40 | 5 << 24);
    let kicks = (1..VCPUS).map(|vcpu| Effect::Ipi(affinity(zone, vcpu))).collect::<Vec<_>>();
    assert_eq!(journal().take(), kicks);
    serve_all(zone);
    let all: Vec<_> = (0..VCPUS).map(|vcpu| loaded(zone, vcpu)).collect();
    assert_eq!(all, [vec![], vec![5], vec![5]]);
}

#[test]
fn another_zone_s_interrupt_is_not_taken() {
    let mut machine = machine();
    let (zone, other) = (machine.started(), &machine.zones[0]);
    enable_shared(zone, DEVICE_INTID, 0);
    become_cpu(zone.cpus()[0]);
    assert!(!zone.physical_arrived(vcpu_of(zone, 0).id, physical_of(other)));
    // Nor is one of the same number as the guest knows its own by.
    assert!(!zone.physical_arrived(vcpu_of(zone, 0).id, DEVICE_INTID));
    assert_eq!(loaded(zone, 0), []);
}

#[test]
fn an_interrupt_that_the_guest_has_disabled_is_deactivated_on_its_cpu() {
    let mut machine = machine();
    let zone = machine.started();
    become_cpu(zone.cpus()[0]);
    assert!(zone.physical_arrived(vcpu_of(zone, 0).id, physical_of(zone)));
    assert_eq!(journal().take(), [Effect::Deactivate(affinity(zone, 0), physical_of(zone))]);
}

#[test]
fn clearing_what_is_pending_reaches_the_zone_s_own_interrupts_alone() {
    let mut machine = machine();
    let zone = machine.started();
    store32(zone, 0, shared(CLEAR_PENDING, DEVICE_INTID), ALL_ONES);
    let effects = journal().take();
    assert!(effects.iter().all(|effect| is_own(zone, *effect)), "{effects:?}");
}

#[test]
fn no_store_anywhere_in_the_frames_has_an_effect_on_what_others_own() {
    let mut machine = machine();
    let zone = machine.started();
    let frames = [
        (DISTRIBUTOR, manifest::DISTRIBUTOR_SIZE),
        (REDISTRIBUTORS, VCPUS as u64 * manifest::REDISTRIBUTOR_SIZE),
    ];
    // What one round enables and routes, the next one finds.
    for value in [ALL_ONES, 0x0101_0101, 0, ALL_ONES] {
        for (start, size) in frames {
            for offset in (0..size).step_by(4) {
                store32(zone, 0, start + offset, value);
            }
        }
    }
    let effects = journal().take();
    assert!(effects.contains(&Effect::Enable(affinity(zone, 0), physical_of(zone), true)), "{effects:?}");
    let foreign: Vec<_> = effects.into_iter().filter(|effect| !is_own(zone, *effect)).collect();
    assert_eq!(foreign, []);
}

#[test]
fn a_reset_disables_and_routes_back_what_the_guest_had() {
    let mut machine = machine();
    let zone = machine.started();
    enable_shared(zone, DEVICE_INTID, 0);
    become_cpu(zone.cpus()[0]);
    assert!(zone.physical_arrived(vcpu_of(zone, 0).id, physical_of(zone)));
    acknowledge(zone, 0);
    journal().take();
    call(zone, 0, SYSTEM_RESET, [0; 3]);
    serve_all(zone);
    let effects = journal().take();
    let (cpu, device) = (affinity(zone, 0), physical_of(zone));
    for expected in
        [Effect::Enable(cpu, device, false), Effect::Deactivate(cpu, device), Effect::Route(cpu, device)]
    {
        assert!(effects.contains(&expected), "{expected:?} in {effects:?}");
    }
}
