//! What the code under test did to the hardware that is not there.

use std::sync::{Mutex, OnceLock, PoisonError};

use addr::GuestPhys;

/// One effect on hardware; the first number is the affinity of the CPU concerned, where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// An interrupt from CPU to CPU.
    Ipi(u64),
    /// Forwarding of a physical interrupt turned on or off.
    Enable(u64, u32, bool),
    /// An SGI of a guest's, sent to a CPU by the physical GIC.
    Sgi(u64, u32),
    /// A physical interrupt made pending.
    SetPending(u64, u32),
    /// A physical interrupt made active.
    Activate(u64, u32),
    /// The pending state taken from a physical interrupt.
    ClearPending(u64, u32),
    /// A physical interrupt deactivated.
    Deactivate(u64, u32),
    /// A physical interrupt routed.
    Route(u64, u32),
    /// Edge (true) or level triggering.
    Trigger(u32, bool),
    /// A peer of a channel rung, by the interrupt that it sees.
    Doorbell(u32),
    /// A vCPU prepared: where it starts, and with which argument.
    Prepare(u64, GuestPhys, u64),
    /// A vCPU silenced.
    Silence(u64),
    /// A CPU waited for an interrupt.
    Wait(u64),
    /// The machine powered off.
    PowerOff,
}

/// All effects since the last look.
#[derive(Debug, Default)]
pub struct Journal {
    effects: Mutex<Vec<Effect>>,
}

impl Journal {
    /// Adds an effect.
    pub fn note(&self, effect: Effect) {
        self.effects.lock().unwrap_or_else(PoisonError::into_inner).push(effect);
    }

    /// Takes everything noted so far.
    pub fn take(&self) -> Vec<Effect> {
        std::mem::take(&mut self.effects.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The journal of the one fake machine that a test process has.
pub fn journal() -> &'static Journal {
    static JOURNAL: OnceLock<Journal> = OnceLock::new();
    JOURNAL.get_or_init(Journal::default)
}
