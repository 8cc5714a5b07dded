//! The life of a zone: started at boot, running, stopping, and then started afresh, off, or failed.
//!
//! A stop is a rendezvous: whoever decides it asks every CPU of the zone to leave the guest; the last one to
//! do so puts the zone's devices back to reset and decides what comes next. No CPU waits for another.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use addr::HostPhys;
use spin::mutex::TicketMutex;

use crate::cpu::{Cpu, Request, Start, Vcpu};
use crate::zone::Zone;
use crate::{arch, console, lock, machine, memory};

/// Why a zone stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The guest asked for power-off.
    PowerOff,
    /// The guest asked for a reset: it starts afresh.
    Reset,
    /// The guest did what cannot be answered inside it.
    Failure,
}

/// Where a zone is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Running, or about to.
    Running,
    /// On the way down; so many of its CPUs have still to leave.
    Stopping(Reason, usize),
    /// Ended, for the reason given.
    Stopped(Reason),
}

/// A zone's place in its life. One lock a zone, taken on starts and stops only.
#[derive(Debug)]
pub struct Lifecycle {
    phase: TicketMutex<Phase>,
    /// Ticks that clearing the memory took, over all starts.
    clearing: AtomicU64,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self { phase: TicketMutex::new(Phase::Running), clearing: AtomicU64::new(0) }
    }
}

impl Lifecycle {
    /// Where the zone is.
    pub fn phase(&self) -> Phase {
        *lock::take(&self.phase)
    }

    /// Ticks spent on clearing the zone's memory so far.
    pub fn clearing_ticks(&self) -> u64 {
        self.clearing.load(Ordering::Relaxed)
    }
}

/// Starts a zone: its first vCPU's CPU fills the memory and enters.
pub fn start(zone: &'static Zone) {
    if let Some(first) = zone.cpus().first() {
        first.ask_start(Start {
            entry: zone.record().entry(),
            argument: zone.record().argument(),
            fill: true,
        });
    }
}

/// Starts a further vCPU of a zone, on the CPU given, unless the zone is on its way down.
///
/// The lock that a stop takes is held meanwhile: a stop either finds the start, and its CPU drops it, or comes first.
/// A start that came later would run in memory that is being filled, or in a zone that has ended.
pub fn start_vcpu(zone: &Zone, cpu: &Cpu, start: Start) {
    let phase = lock::take(&zone.lifecycle().phase);
    if *phase == Phase::Running {
        cpu.ask_start(start);
    }
}

/// Fills the zone's memory for a start.
pub fn fill(zone: &Zone) {
    let ticks = memory::guest::fill(zone.record());
    zone.lifecycle().clearing.fetch_add(ticks, Ordering::Relaxed);
    zone.start_channels();
    console::log(format_args!("zone {}: started", zone.name()));
}

/// Begins to stop a zone, unless it is already on the way down: false then.
pub fn stop(zone: &'static Zone, reason: Reason) -> bool {
    {
        let mut phase = lock::take(&zone.lifecycle().phase);
        if *phase != Phase::Running {
            return false;
        }
        *phase = Phase::Stopping(reason, zone.cpus().len());
    }
    for cpu in zone.cpus() {
        cpu.ask(Request::Stop);
    }
    true
}

/// Stops a zone that did what cannot be answered inside it, with a report of what it was.
pub fn fail(vcpu: &Vcpu, report: fmt::Arguments<'_>) {
    // The zone's end comes after this line: the CPU that writes it has yet to leave.
    if stop(vcpu.zone, Reason::Failure) {
        console::log(format_args!("zone {}: failed: vCPU {}: {report}", vcpu.zone.name(), vcpu.id.index()));
    }
}

/// This CPU leaves the guest of a zone that stops; the last one brings the stop to its end.
pub fn leave(cpu: &'static Cpu, vcpu: &Vcpu) {
    let zone = vcpu.zone;
    if vcpu.is_running() {
        power_down(cpu, vcpu);
    } else {
        arch::release_interrupts(cpu);
    }
    // A start that was asked for and has not happened is overtaken by the stop.
    cpu.take(Request::Start);
    vcpu.take_start();
    let reason = {
        let mut phase = lock::take(&zone.lifecycle().phase);
        let Phase::Stopping(reason, left) = *phase else { return };
        let left = left.saturating_sub(1);
        if left > 0 {
            *phase = Phase::Stopping(reason, left);
            return;
        }
        reason
    };
    zone.stop_channels();
    let stuck = zone.reset_owned_devices();
    zone.reset_devices();
    finish(zone, refuse_restart(zone, reason, stuck));
}

/// Takes the vCPU of this CPU out of its guest: its interrupts go back to the model, its timers stop.
pub fn power_down(cpu: &'static Cpu, vcpu: &Vcpu) {
    arch::release_interrupts(cpu);
    vcpu.running.store(false, Ordering::Release);
    vcpu.zone.fold(vcpu.id);
    arch::silence_vcpu();
}

/// What comes of a stop where a device of the zone cannot be reset: what ran before would reach into what runs next.
fn refuse_restart(zone: &Zone, reason: Reason, stuck: Option<HostPhys>) -> Reason {
    match stuck {
        Some(device) if reason == Reason::Reset => {
            console::log(format_args!(
                "zone {}: failed: not restarted: its device at {device} cannot be reset",
                zone.name()
            ));
            Reason::Failure
        }
        _ => reason,
    }
}

fn finish(zone: &'static Zone, reason: Reason) {
    match reason {
        Reason::Reset => {
            console::log(format_args!("zone {}: rebooting", zone.name()));
            *lock::take(&zone.lifecycle().phase) = Phase::Running;
            start(zone);
        }
        Reason::PowerOff | Reason::Failure => {
            console::set_stopped(usize::from(zone.index().0));
            if reason == Reason::PowerOff {
                console::log(format_args!("zone {}: powered off", zone.name()));
            }
            *lock::take(&zone.lifecycle().phase) = Phase::Stopped(reason);
            machine::zone_stopped();
        }
    }
}
