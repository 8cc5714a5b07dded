//! Stopping the other vCPUs of a zone for an access to interrupt state that may sit in their list registers.
//!
//! Only its own CPU can read a vCPU's list registers. So a vCPU that needs the truth about an interrupt which
//! another one holds becomes the zone's *parker*: it asks every other vCPU to fold its list registers into the
//! model and to wait, does its access, and lets them go. There is one parker at a time; a vCPU that waits to
//! become one serves the present parker meanwhile, so two can never wait for each other.

use core::sync::atomic::{AtomicU8, Ordering};

use crate::cpu::{Cpu, Request, Vcpu};
use crate::zone::Zone;

/// Not asked, or let go.
const FREE: u8 = 0;
/// Asked to fold and wait.
const ASKED: u8 = 1;
/// Folded, and waiting.
const PARKED: u8 = 2;

/// Who is the parker of a zone: 0 nobody, else the vCPU's number plus 1.
#[derive(Debug, Default)]
pub struct Parking {
    parker: AtomicU8,
}

/// Runs `access` while every other vCPU of the zone is parked.
pub fn with_others_parked<R>(cpu: &'static Cpu, vcpu: &Vcpu, access: impl FnOnce() -> R) -> R {
    let zone = vcpu.zone;
    let me = vcpu.id.index() as u8;
    let Some(own) = zone.interrupts().by_lists() else { return access() };
    let parker = &own.parking.parker;
    while parker.compare_exchange(0, me.wrapping_add(1), Ordering::AcqRel, Ordering::Relaxed).is_err() {
        if cpu.take(Request::Attend) {
            park(vcpu);
        }
        core::hint::spin_loop();
    }
    for other in others(zone, me) {
        if let Some(waiting) = other.vcpu() {
            waiting.arch.parked.store(ASKED, Ordering::Release);
            other.ask(Request::Attend);
        }
    }
    for other in others(zone, me) {
        while other.vcpu().is_some_and(|waiting| waiting.arch.parked.load(Ordering::Acquire) != PARKED) {
            core::hint::spin_loop();
        }
    }
    let result = access();
    for other in others(zone, me) {
        if let Some(waiting) = other.vcpu() {
            waiting.arch.parked.store(FREE, Ordering::Release);
        }
    }
    parker.store(0, Ordering::Release);
    result
}

/// Folds this vCPU's list registers and waits until the parker lets it go. Afterwards what is due to the vCPU
/// is loaded again.
pub fn park(vcpu: &Vcpu) {
    if vcpu.arch.parked.load(Ordering::Acquire) != ASKED {
        return;
    }
    if vcpu.is_running() {
        vcpu.zone.fold(vcpu.id);
    }
    vcpu.arch.parked.store(PARKED, Ordering::Release);
    while vcpu.arch.parked.load(Ordering::Acquire) == PARKED {
        core::hint::spin_loop();
    }
    if vcpu.is_running() {
        vcpu.zone.refill(vcpu.id);
    }
}

fn others(zone: &Zone, me: u8) -> impl Iterator<Item = &'static Cpu> + '_ {
    zone.cpus().iter().copied().filter(move |cpu| cpu.vcpu().is_some_and(|vcpu| vcpu.id.index() as u8 != me))
}
