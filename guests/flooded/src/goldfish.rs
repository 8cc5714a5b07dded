//! A goldfish RTC whose interrupt goes to a PLIC.

use common::mmio::store;
use common::{Options, interrupts, plic};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// Registers.
const ALARM_LOW: u64 = 0x08;
const ALARM_HIGH: u64 = 0x0c;
const IRQ_ENABLED: u64 = 0x10;
const CLEAR_ALARM: u64 = 0x14;
const CLEAR_INTERRUPT: u64 = 0x1c;
/// The hart's external interrupt.
const EXTERNAL: u32 = 9;

/// Where things are and the clock's source, for the handler, which is given none of it.
static REGISTERS: AtomicU64 = AtomicU64::new(0);
static PLIC: AtomicU64 = AtomicU64::new(0);
static SOURCE: AtomicU32 = AtomicU32::new(0);

/// The zone's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(u64);

impl Clock {
    /// What the device tree names.
    pub(crate) fn find(options: &Options<'_>) -> Option<Self> {
        let device = options.device("google,goldfish-rtc")?;
        REGISTERS.store(device.start, Relaxed);
        SOURCE.store(device.interrupt?, Relaxed);
        PLIC.store(options.device("sifive,plic-1.0.0")?.start, Relaxed);
        Some(Self(device.start))
    }

    /// Lets no alarm be.
    pub(crate) fn quiet(&self) {
        store(self.0 + IRQ_ENABLED, 0);
        store(self.0 + CLEAR_ALARM, 1);
        self.clear();
    }

    /// Lets its line interrupt vCPU 0 as long as it is asserted.
    pub(crate) fn enable(&self) {
        plic::open(PLIC.load(Relaxed));
        plic::set_enabled(PLIC.load(Relaxed), SOURCE.load(Relaxed), true);
        interrupts::enable(EXTERNAL);
    }

    /// An alarm in the past asserts the line at once.
    pub(crate) fn raise(&self) {
        for (register, value) in [(IRQ_ENABLED, 1), (ALARM_HIGH, 0), (ALARM_LOW, 1)] {
            store(self.0 + register, value);
        }
    }

    /// Takes the interrupt back.
    pub(crate) fn clear(&self) {
        store(self.0 + CLEAR_INTERRUPT, 1);
    }

    /// Calls `serve` as often as the clock has interrupted.
    pub(crate) fn interrupted(number: u32, serve: impl Fn(Self)) {
        if number != EXTERNAL {
            return;
        }
        let plic = PLIC.load(Relaxed);
        while let Some(source) = plic::claim(plic) {
            if source == SOURCE.load(Relaxed) {
                serve(Self(REGISTERS.load(Relaxed)));
            }
            plic::complete(plic, source);
        }
        // It was taken off before: see `interrupts::acknowledge`.
        interrupts::enable(EXTERNAL);
    }
}
