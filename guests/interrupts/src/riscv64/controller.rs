//! The interrupt controller that the zone has, and the numbers of its sources, as the device tree says.

use super::Event;
use common::aia::{self, Mode};
use common::{Options, calls, plic};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// What the device tree calls them.
const APLIC: &str = "riscv,aplic";
const IMSIC: &str = "riscv,imsics";
const PLIC: &str = "sifive,plic-1.0.0";
const RTC: &str = "google,goldfish-rtc";
const UART: &str = "ns16550a";

/// Addresses and sources for handlers, which are given nothing; 0 for what is not there.
static APLIC_AT: AtomicU64 = AtomicU64::new(0);
static IMSIC_AT: AtomicU64 = AtomicU64::new(0);
static PLIC_AT: AtomicU64 = AtomicU64::new(0);
static RTC_AT: AtomicU64 = AtomicU64::new(0);
static RTC_SOURCE: AtomicU32 = AtomicU32::new(0);
static UART_SOURCE: AtomicU32 = AtomicU32::new(0);

/// The zone's controller.
#[derive(Clone, Copy, Debug)]
pub(super) enum Controller {
    /// APLIC and interrupt files.
    Aia { aplic: u64, imsic: u64 },
    /// PLIC.
    Plic(u64),
}

/// Finds everything. `None` where something is missing.
pub(super) fn find(options: &Options<'_>) -> Option<Controller> {
    for (kind, place) in [(APLIC, &APLIC_AT), (IMSIC, &IMSIC_AT), (PLIC, &PLIC_AT), (RTC, &RTC_AT)] {
        place.store(options.device(kind).map_or(0, |device| device.start), Relaxed);
    }
    for (kind, source) in [(RTC, &RTC_SOURCE), (UART, &UART_SOURCE)] {
        source.store(options.device(kind)?.interrupt?, Relaxed);
    }
    found()
}

/// What [`find`] has found.
pub(super) fn found() -> Option<Controller> {
    let (aplic, imsic, plic) = (APLIC_AT.load(Relaxed), IMSIC_AT.load(Relaxed), PLIC_AT.load(Relaxed));
    match (aplic, imsic, plic) {
        (0, _, 0) | (_, 0, 0) => None,
        (_, _, 0) => Some(Controller::Aia { aplic, imsic }),
        _ => Some(Controller::Plic(plic)),
    }
}

/// The RTC's registers.
pub(super) fn rtc() -> u64 {
    RTC_AT.load(Relaxed)
}

/// The source of a device; 0 for an IPI.
fn source(event: Event) -> u32 {
    match event {
        Event::Ipi => 0,
        Event::Key => UART_SOURCE.load(Relaxed),
        Event::Alarm => RTC_SOURCE.load(Relaxed),
    }
}

/// The identity by which an event arrives at an interrupt file.
const fn identity(event: Event) -> u32 {
    event as u32 + 1
}

impl Controller {
    /// Prepares this vCPU's part of it.
    pub(super) fn open(self) {
        match self {
            Self::Aia { aplic, .. } => aia::open(aplic),
            Self::Plic(plic) => plic::open(plic),
        }
    }

    /// Lets a device interrupt vCPU 0.
    pub(super) fn enable(self, event: Event, mode: Mode) {
        match self {
            Self::Aia { aplic, .. } => aia::enable(aplic, source(event), mode, identity(event)),
            Self::Plic(plic) => plic::set_enabled(plic, source(event), true),
        }
    }

    /// Stops it.
    pub(super) fn disable(self, event: Event) {
        match self {
            Self::Aia { aplic, .. } => aia::disable(aplic, source(event)),
            Self::Plic(plic) => plic::set_enabled(plic, source(event), false),
        }
    }

    /// Interrupts a vCPU: by a store where there are interrupt files, else by firmware.
    pub(super) fn send_ipi(self, vcpu: u64) {
        match self {
            Self::Aia { imsic, .. } => aia::send(imsic, vcpu, identity(Event::Ipi)),
            Self::Plic(_) => calls::send_ipi(vcpu),
        }
    }

    /// Takes what is pending for this vCPU, until nothing is.
    pub(super) fn serve(self, serve: impl Fn(Event)) {
        let events = [Event::Ipi, Event::Key, Event::Alarm];
        match self {
            Self::Aia { .. } => {
                while let Some(claimed) = aia::claim() {
                    events.into_iter().filter(|event| identity(*event) == claimed).for_each(&serve);
                }
            }
            Self::Plic(plic) => {
                while let Some(number) = plic::claim(plic) {
                    events.into_iter().filter(|event| source(*event) == number).for_each(&serve);
                    plic::complete(plic, number);
                }
            }
        }
    }
}
