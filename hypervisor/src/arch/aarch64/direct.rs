//! The hardware below zones whose interrupts are delivered directly: the physical registers of what they own, and the
//! registers of the CPU interface that trap for them.

use vgic::direct::cpu_interface::{
    SPLIT_END, control_to_guest, control_to_physical, running_priority, to_guest, to_physical,
};
use vgic::direct::{Physical, State};
use vgic::{BankId, VcpuId, VirtualIntid};

use crate::irqchip::gicv3::{self, Words};
use crate::zone::Zone;

use super::interrupts::{route_interrupt, shared_interrupts, with_configuration};
use super::{cpu_interface, registers};

/// The physical registers of a zone's interrupts.
pub struct ZonePhysical<'z>(&'z Zone);

impl<'z> ZonePhysical<'z> {
    /// Those of `zone`.
    pub fn of(zone: &'z Zone) -> Self {
        Self(zone)
    }

    fn words(&self, bank: BankId) -> Option<Words> {
        match bank {
            BankId::Private(vcpu) => self.0.cpu(vcpu)?.arch.redistributor.words(),
            BankId::Shared(shared) => shared_interrupts(u32::from(shared).wrapping_add(1)),
        }
    }
}

impl Physical for ZonePhysical<'_> {
    fn read(&self, bank: BankId, state: State) -> u32 {
        self.words(bank).map_or(0, |words| words.read(of_driver(state)))
    }

    fn set(&mut self, bank: BankId, state: State, mask: u32) {
        if let Some(words) = self.words(bank) {
            words.set(of_driver(state), mask);
        }
    }

    fn clear(&mut self, bank: BankId, state: State, mask: u32) {
        if let Some(words) = self.words(bank) {
            words.clear(of_driver(state), mask);
        }
    }

    fn priority(&self, bank: BankId, position: u32) -> u8 {
        self.words(bank).map_or(0, |words| words.priority(position))
    }

    fn set_priority(&mut self, bank: BankId, position: u32, priority: u8) {
        if let Some(words) = self.words(bank) {
            words.set_priority(position, priority);
        }
    }

    fn is_edge(&self, bank: BankId, position: u32) -> bool {
        self.words(bank).is_some_and(|words| words.is_edge(position))
    }

    fn set_edge(&mut self, bank: BankId, position: u32, edge: bool) {
        if let Some(words) = self.words(bank) {
            with_configuration(|| words.set_edge(position, edge));
        }
    }

    fn route(&mut self, intid: VirtualIntid, vcpu: VcpuId) {
        if let Some(cpu) = self.0.cpu(vcpu) {
            route_interrupt(cpu, intid.number());
        }
    }
}

const fn of_driver(state: State) -> gicv3::State {
    match state {
        State::Enabled => gicv3::State::Enabled,
        State::Pending => gicv3::State::Pending,
        State::Active => gicv3::State::Active,
    }
}

/// The guest of this CPU ends an interrupt of its zone's by ICC_DIR_EL1, which does that in EOI mode 1 only.
pub fn deactivate_directly(intid: u32) {
    if registers::icc_ctlr_el1() & SPLIT_END != 0 {
        cpu_interface::deactivate(intid);
    }
}

/// ICC_PMR_EL1 as the guest of this CPU reads it.
pub fn priority_mask() -> u64 {
    u64::from(to_guest(registers::icc_pmr_el1() as u8))
}

/// The guest of this CPU writes ICC_PMR_EL1.
pub fn set_priority_mask(value: u64) {
    // SAFETY: whatever the guest's value, the mask admits the priority of EL2's own interrupts.
    unsafe { registers::set_icc_pmr_el1(u64::from(to_physical(value as u8))) };
}

/// ICC_CTLR_EL1 as the guest of this CPU reads it.
pub fn control() -> u64 {
    control_to_guest(registers::icc_ctlr_el1())
}

/// The guest of this CPU writes ICC_CTLR_EL1.
pub fn set_control(value: u64) {
    // SAFETY: chooses the EOI mode alone; EL2 asks for it whenever it ends an interrupt here.
    unsafe { registers::set_icc_ctlr_el1(control_to_physical(value)) };
}

/// ICC_RPR_EL1 as the guest of this CPU reads it.
pub fn running() -> u64 {
    u64::from(running_priority(registers::icc_rpr_el1() as u8))
}
