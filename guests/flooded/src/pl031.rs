//! A PL031 (DDI 0224).

use common::Options;
use common::interrupts::{self, Trigger};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// Registers: the count; when to raise the interrupt; whether to; take it back.
const DR: u64 = 0;
const MR: u64 = 0x4;
const IMSC: u64 = 0x10;
const ICR: u64 = 0x1c;

/// Where it is and its INTID, for the handler, which is given neither.
static REGISTERS: AtomicU64 = AtomicU64::new(0);
static INTID: AtomicU32 = AtomicU32::new(0);

/// The zone's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(u64);

impl Clock {
    /// What the device tree names.
    pub(crate) fn find(options: &Options<'_>) -> Option<Self> {
        let device = options.device("arm,pl031")?;
        REGISTERS.store(device.start, Relaxed);
        INTID.store(device.interrupt?, Relaxed);
        Some(Self(device.start))
    }

    /// Lets no alarm be.
    pub(crate) fn quiet(&self) {
        self.write(IMSC, 0);
        self.clear();
        self.write(IMSC, 1);
    }

    /// Lets its line interrupt vCPU 0 as long as it is asserted.
    pub(crate) fn enable(&self) {
        interrupts::enable_shared(INTID.load(Relaxed), Trigger::Level);
    }

    /// An alarm for now asserts the line at once.
    pub(crate) fn raise(&self) {
        // SAFETY: a register of the zone's own device.
        let now = unsafe { (self.0.wrapping_add(DR) as *const u32).read_volatile() };
        self.write(MR, now);
    }

    /// Takes the interrupt back.
    pub(crate) fn clear(&self) {
        self.write(ICR, 1);
    }

    /// Calls `serve` if it was the clock that interrupted.
    pub(crate) fn interrupted(number: u32, serve: impl Fn(Self)) {
        if number == INTID.load(Relaxed) {
            serve(Self(REGISTERS.load(Relaxed)));
        }
    }

    fn write(&self, register: u64, value: u32) {
        // SAFETY: a register of the zone's own device, which holds no memory of ours.
        unsafe { (self.0.wrapping_add(register) as *mut u32).write_volatile(value) };
    }
}
