//! A physical GIC that forgets what it is told: every effect is in the journal.

use std::sync::atomic::{AtomicBool, Ordering};

use vgic::direct::{Physical, Placement, State};
use vgic::{BankId, VcpuId, VirtualIntid};

use super::{Effect, journal};
use crate::cpu::Cpu;
use crate::zone::Zone;

static TWO_SECURITY_STATES: AtomicBool = AtomicBool::new(false);

/// Makes the fake GIC one whose group 0 belongs to firmware (GICD_CTLR.DS = 0), or not.
pub fn set_two_security_states(two: bool) {
    TWO_SECURITY_STATES.store(two, Ordering::Relaxed);
}

/// Whether the fake GIC shows one security state.
pub fn can_deliver_directly() -> bool {
    !TWO_SECURITY_STATES.load(Ordering::Relaxed)
}

/// No private interrupt is the hypervisor's own.
pub fn own_private_interrupts() -> u32 {
    0
}

/// Nothing has to be prepared.
pub fn deliver_directly(_: &Cpu, _: Option<Placement>) {}

/// Notes the effect.
pub fn send_sgi(intid: u32, cpu: &Cpu) {
    journal().note(Effect::Sgi(cpu.affinity, intid));
}

/// Notes the effect.
pub fn deactivate_directly(intid: u32) {
    journal().note(Effect::Deactivate(super::current_cpu().affinity, intid));
}

/// The fake physical registers of a zone's interrupts.
pub struct ZonePhysical<'z>(&'z Zone);

impl<'z> ZonePhysical<'z> {
    /// Those of `zone`.
    pub fn of(zone: &'z Zone) -> Self {
        Self(zone)
    }

    /// The CPU of a private bank, and the first interrupt.
    fn first(&self, bank: BankId) -> (u64, u32) {
        match bank {
            BankId::Private(vcpu) => (self.0.cpu(vcpu).map_or(u64::MAX, |cpu| cpu.affinity), 0),
            BankId::Shared(shared) => (0, 32 + 32 * u32::from(shared)),
        }
    }

    fn note(&self, bank: BankId, state: State, mask: u32, on: bool) {
        let (affinity, first) = self.first(bank);
        for intid in (first..first + 32).filter(|intid| mask >> (intid % 32) & 1 != 0) {
            journal().note(match (state, on) {
                (State::Enabled, on) => Effect::Enable(affinity, intid, on),
                (State::Pending, true) => Effect::SetPending(affinity, intid),
                (State::Pending, false) => Effect::ClearPending(affinity, intid),
                (State::Active, true) => Effect::Activate(affinity, intid),
                (State::Active, false) => Effect::Deactivate(affinity, intid),
            });
        }
    }
}

impl Physical for ZonePhysical<'_> {
    fn read(&self, _: BankId, _: State) -> u32 {
        0
    }

    fn set(&mut self, bank: BankId, state: State, mask: u32) {
        self.note(bank, state, mask, true);
    }

    fn clear(&mut self, bank: BankId, state: State, mask: u32) {
        self.note(bank, state, mask, false);
    }

    fn priority(&self, _: BankId, _: u32) -> u8 {
        0
    }

    fn set_priority(&mut self, _: BankId, _: u32, _: u8) {}

    fn is_edge(&self, _: BankId, _: u32) -> bool {
        false
    }

    fn set_edge(&mut self, bank: BankId, position: u32, edge: bool) {
        journal().note(Effect::Trigger(self.first(bank).1 + position, edge));
    }

    fn route(&mut self, intid: VirtualIntid, vcpu: VcpuId) {
        if let Some(cpu) = self.0.cpu(vcpu) {
            journal().note(Effect::Route(cpu.affinity, intid.number()));
        }
    }
}
