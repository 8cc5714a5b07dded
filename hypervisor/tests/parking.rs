//! Accesses that need every other vCPU of the zone to park, with a thread for each CPU.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use hypervisor::arch::become_cpu;
use hypervisor::zone::Zone;
use support::*;
use vgic::SgiRegister;

/// GICD_ISPENDR and GICD_ISACTIVER.
const SET_PENDING: u64 = 0x200;
const SET_ACTIVE: u64 = 0x300;
const DEVICE_BIT: u32 = 1 << (DEVICE_INTID % 32);
const SGI: u32 = 5;
const ACCESSES: usize = 50;
/// After which a deadlock is taken for granted.
const PATIENCE: Duration = Duration::from_secs(60);

/// A zone whose vCPUs all run; the last one has acknowledged its device's interrupt, which its list registers
/// alone tell.
fn zone_with_an_interrupt_at_the_last_vcpu(machine: &mut Machine) -> &'static Zone {
    let zone = machine.started();
    let last = VCPUS - 1;
    (1..VCPUS).for_each(|vcpu| turn_on(zone, vcpu));
    enable_shared(zone, DEVICE_INTID, last as u64);
    serve(zone, last);
    assert!(zone.physical_arrived(vcpu_of(zone, last).id, physical_of(zone)));
    acknowledge(zone, last);
    zone
}

/// Each of the first `parkers` vCPUs does `access` so many times; all serve requests until all of that is done.
fn run_vcpus(zone: &'static Zone, parkers: usize, access: fn(&'static Zone, usize)) {
    let left = Arc::new(AtomicUsize::new(parkers));
    let (done, ends) = channel();
    for vcpu in 0..VCPUS {
        let (left, done) = (Arc::clone(&left), done.clone());
        std::thread::spawn(move || {
            let parker = vcpu < parkers;
            let result = catch_unwind(AssertUnwindSafe(|| {
                (0..ACCESSES).filter(|_| parker).for_each(|_| access(zone, vcpu));
            }));
            // Also after a failure: the others must not wait for ever.
            left.fetch_sub(usize::from(parker), Ordering::AcqRel);
            while left.load(Ordering::Acquire) != 0 {
                serve(zone, vcpu);
                std::thread::yield_now();
            }
            let _ = done.send(result.is_ok());
        });
    }
    for _ in 0..VCPUS {
        assert_eq!(ends.recv_timeout(PATIENCE), Ok(true), "a vCPU failed, or they wait for each other");
    }
}

#[test]
fn a_load_sees_what_another_vcpu_s_list_registers_hold() {
    let mut machine = machine();
    let zone = zone_with_an_interrupt_at_the_last_vcpu(&mut machine);
    run_vcpus(zone, 1, |zone, vcpu| {
        assert_eq!(load32(zone, vcpu, shared(SET_ACTIVE, DEVICE_INTID)), DEVICE_BIT);
        assert_eq!(load32(zone, vcpu, shared(SET_PENDING, DEVICE_INTID)), 0);
    });
}

#[test]
fn list_registers_hold_the_same_after_parking() {
    let mut machine = machine();
    let zone = zone_with_an_interrupt_at_the_last_vcpu(&mut machine);
    let state = || zone.cpus()[VCPUS - 1].arch.list_registers();
    let before = state();
    run_vcpus(zone, 1, |zone, vcpu| {
        load32(zone, vcpu, shared(SET_ACTIVE, DEVICE_INTID));
    });
    serve(zone, VCPUS - 1);
    let interrupts = |lists: &[u64]| lists.iter().copied().filter(|list| list >> 62 != 0).collect::<Vec<_>>();
    assert_eq!(interrupts(&state()), interrupts(&before));
}

#[test]
fn two_parkers_at_once_both_get_their_turn() {
    let mut machine = machine();
    let zone = zone_with_an_interrupt_at_the_last_vcpu(&mut machine);
    run_vcpus(zone, 2, |zone, vcpu| {
        assert_eq!(load32(zone, vcpu, shared(SET_ACTIVE, DEVICE_INTID)), DEVICE_BIT);
    });
}

#[test]
fn vcpus_that_are_off_hold_no_parker_up_and_load_nothing() {
    let mut machine = machine();
    let zone = zone_with_an_interrupt_at_the_last_vcpu(&mut machine);
    enable_private(zone, 1, SGI);
    assert_eq!(call(zone, 1, CPU_OFF, [0; 3]), None);
    become_cpu(zone.cpus()[0]);
    // ICC_SGI1R_EL1 (IHI 0069, 12.2): IRM, that is all but the sender.
    zone.send_sgi(vcpu_of(zone, 0).id, SgiRegister::Sgi1r, 1 << 40 | u64::from(SGI) << 24);
    run_vcpus(zone, 1, |zone, vcpu| {
        assert_eq!(load32(zone, vcpu, shared(SET_ACTIVE, DEVICE_INTID)), DEVICE_BIT);
    });
    assert_eq!(loaded(zone, 1), []);
}
