//! The life of vCPUs, as HSM steers and tells it.

mod common;

use addr::GuestPhys;
use common::*;
use vsbi::{Error, HartAction, HartState, Harts, Outcome, Reply, Resume, VcpuId};

const RAM: u64 = 0x8000_0000;

fn is_ram(address: GuestPhys) -> bool {
    (RAM..RAM + 0x1000_0000).contains(&address.raw())
}

/// A running zone: vCPU 0 started, the rest stopped.
fn harts(vcpus: usize) -> Harts {
    let mut harts = Harts::new(vcpus);
    harts.started(vcpu(0));
    harts
}

/// A call of HSM by vCPU 0.
fn hsm(harts: &mut Harts, function: u64, arguments: &[u64]) -> HartAction {
    by(harts, VcpuId::FIRST, function, arguments)
}

fn by(harts: &mut Harts, caller: VcpuId, function: u64, arguments: &[u64]) -> HartAction {
    match call(&zone(2), HSM, function, arguments) {
        Outcome::Hart(call) => harts.call(caller, call, is_ram),
        other => panic!("{other:?}"),
    }
}

fn start(harts: &mut Harts, hart: u64) -> HartAction {
    hsm(harts, 0, &[hart, RAM, 7])
}

fn status(harts: &mut Harts, hart: u64) -> HartAction {
    hsm(harts, 2, &[hart])
}

fn failure(error: Error) -> HartAction {
    HartAction::Return(Reply::error(error))
}

fn state(number: u64) -> HartAction {
    HartAction::Return(Reply::value(number))
}

#[test]
fn hart_start_starts_the_vcpu_with_its_entry_and_opaque() {
    let resume = Resume { entry: GuestPhys::new(RAM + 2), opaque: u64::MAX };
    let expected = HartAction::Start { vcpu: vcpu(1), resume };
    assert_eq!(hsm(&mut harts(2), 0, &[1, RAM + 2, u64::MAX]), expected);
}

#[test]
fn a_vcpu_that_runs_or_is_about_to_is_already_available() {
    let mut harts = harts(2);
    assert_eq!(start(&mut harts, 0), failure(Error::AlreadyAvailable), "the caller itself");
    start(&mut harts, 1);
    assert_eq!(start(&mut harts, 1), failure(Error::AlreadyAvailable), "on its way");
    harts.started(vcpu(1));
    assert_eq!(start(&mut harts, 1), failure(Error::AlreadyAvailable), "started");
    by(&mut harts, vcpu(1), 3, &[0]);
    assert_eq!(start(&mut harts, 1), failure(Error::AlreadyAvailable), "suspended");
}

#[test]
fn a_vcpu_on_its_way_out_cannot_be_started_until_it_has_stopped() {
    let mut harts = harts(2);
    start(&mut harts, 1);
    harts.started(vcpu(1));
    assert_eq!(by(&mut harts, vcpu(1), 1, &[]), HartAction::Stop);
    assert_eq!(start(&mut harts, 1), failure(Error::Failed));
    harts.stopped(vcpu(1));
    assert!(matches!(start(&mut harts, 1), HartAction::Start { vcpu: target, .. } if target == vcpu(1)));
}

#[test]
fn hart_ids_outside_the_zone_are_refused() {
    for hart in [2, 63, 64, 1 << 32, 1 << 32 | 1, u64::MAX] {
        assert_eq!(start(&mut harts(2), hart), failure(Error::InvalidParam), "start {hart:#x}");
        assert_eq!(status(&mut harts(2), hart), failure(Error::InvalidParam), "status {hart:#x}");
    }
}

#[test]
fn an_entry_outside_the_zones_ram_or_between_instructions_is_refused() {
    for entry in [0, RAM - 2, RAM + 0x1000_0000, u64::MAX, RAM + 1] {
        let mut harts = harts(2);
        assert_eq!(hsm(&mut harts, 0, &[1, entry, 0]), failure(Error::InvalidAddress), "{entry:#x}");
        assert_eq!(harts.state(vcpu(1)), Some(HartState::Stopped));
    }
}

#[test]
fn hart_get_status_follows_a_vcpu_through_its_life() {
    let mut harts = harts(2);
    assert_eq!(status(&mut harts, 1), state(1), "STOPPED");
    start(&mut harts, 1);
    assert_eq!(status(&mut harts, 1), state(2), "START_PENDING");
    harts.started(vcpu(1));
    assert_eq!(status(&mut harts, 1), state(0), "STARTED");
    by(&mut harts, vcpu(1), 3, &[0]);
    assert_eq!(status(&mut harts, 1), state(4), "SUSPENDED");
    harts.started(vcpu(1));
    assert_eq!(status(&mut harts, 1), state(0), "STARTED again");
    by(&mut harts, vcpu(1), 1, &[]);
    assert_eq!(status(&mut harts, 1), state(3), "STOP_PENDING");
    harts.stopped(vcpu(1));
    assert_eq!(status(&mut harts, 1), state(1), "STOPPED again");
}

#[test]
fn a_retentive_suspend_goes_on_after_the_call_whatever_its_address() {
    let expected = HartAction::Suspend { resume: None };
    assert_eq!(hsm(&mut harts(1), 3, &[0, 0, 9]), expected);
}

#[test]
fn a_non_retentive_suspend_begins_afresh_at_its_address() {
    let resume = Resume { entry: GuestPhys::new(RAM), opaque: 9 };
    assert_eq!(hsm(&mut harts(1), 3, &[0x8000_0000, RAM, 9]), HartAction::Suspend { resume: Some(resume) });
}

#[test]
fn a_non_retentive_suspend_that_could_not_resume_is_refused_and_the_vcpu_runs_on() {
    let mut harts = harts(1);
    assert_eq!(hsm(&mut harts, 3, &[0x8000_0000, 0, 9]), failure(Error::InvalidAddress));
    assert_eq!(harts.state(vcpu(0)), Some(HartState::Started));
}

#[test]
fn kinds_of_suspend_other_than_the_default_ones_are_refused() {
    for kind in [1, 0x0fff_ffff, 0x1000_0000, 0x7fff_ffff, 0x8000_0001, 0x9000_0000, 0xffff_ffff] {
        assert_eq!(hsm(&mut harts(1), 3, &[kind, RAM, 0]), failure(Error::InvalidParam), "{kind:#x}");
    }
}

#[test]
fn the_kind_of_suspend_has_32_bits() {
    assert_eq!(hsm(&mut harts(1), 3, &[0xffff_ffff_0000_0000, 0, 0]), HartAction::Suspend { resume: None });
    let sign_extended = hsm(&mut harts(1), 3, &[0xffff_ffff_8000_0000, RAM, 0]);
    assert!(matches!(sign_extended, HartAction::Suspend { resume: Some(_) }));
}

#[test]
fn a_zone_whose_last_vcpu_stopped_is_all_stopped() {
    let mut harts = harts(2);
    start(&mut harts, 1);
    harts.started(vcpu(1));
    harts.stopped(vcpu(0));
    by(&mut harts, vcpu(1), 3, &[0]);
    assert!(!harts.all_stopped(), "one is suspended, and may wake");
    by(&mut harts, vcpu(1), 1, &[]);
    assert!(!harts.all_stopped(), "one is on its way out");
    harts.stopped(vcpu(1));
    assert!(harts.all_stopped());
}

#[test]
fn a_reset_leaves_only_vcpu_0_about_to_start() {
    let mut harts = harts(2);
    start(&mut harts, 1);
    harts.started(vcpu(1));
    harts.reset();
    assert_eq!(harts.state(vcpu(0)), Some(HartState::StartPending));
    assert_eq!(harts.state(vcpu(1)), Some(HartState::Stopped));
    assert_eq!(harts.state(vcpu(2)), None);
}
