//! Back to the reset state: of the whole vGIC when the zone starts afresh, of one redistributor when its vCPU
//! is turned on.

use ids::bits::{bit, ones};

use crate::bank::{BankId, NOT_ACKNOWLEDGED};
use crate::ids::VcpuId;
use crate::lr::ListRegister;
use crate::ports::Effects;
use crate::senders::Senders;
use crate::vgic::Vgic;

impl Vgic<'_> {
    /// The zone starts afresh: every register takes its reset value, every SPI is routed to vCPU 0 (with
    /// GICv2 and several vCPUs: to none), and every bound physical interrupt is disabled, deactivated, configured as bound and (SPIs) routed to vCPU 0.
    ///
    /// Every vCPU must be off and its list registers empty: [`Vgic::fold`] has been called for it.
    pub fn reset(&mut self, effects: &mut dyn Effects) {
        for vcpu in self.vcpus() {
            self.reset_vcpu(vcpu, effects);
        }
        for shared in 0..self.shared_banks() {
            let id = BankId::Shared(shared);
            for position in 0..32 {
                self.reset_route(id.intid(position));
            }
            self.reset_bank(id, effects);
            self.for_each_bound(id, u32::MAX, &mut |_, owner, physical| {
                effects.physical_route(physical, owner)
            });
        }
        self.forwarded_groups = 0;
        self.may_have_candidates = 0;
        self.may_have_stranded = 0;
    }

    /// The vCPU is turned on: its redistributor takes its reset state. SPIs stay as they are.
    ///
    /// Its list registers must be empty: [`Vgic::fold`] has been called when it was turned off. Call
    /// [`Vgic::refill`] before it runs.
    pub fn reset_vcpu(&mut self, vcpu: VcpuId, effects: &mut dyn Effects) {
        let loaded = self.redistributor(vcpu).map_or(0, |found| found.loaded.used);
        for index in ones(loaded) {
            let contents = self.redistributor(vcpu).map(|found| found.loaded.get(index));
            self.settle(vcpu, index, contents.unwrap_or(ListRegister::EMPTY), effects);
        }
        self.reset_shortcut(vcpu);
        self.reset_bank(BankId::Private(vcpu), effects);
        self.forget_acknowledgements(vcpu);
        let by_sender = self.by_sender(BankId::Private(vcpu));
        if let Some(redistributor) = self.redistributor(vcpu) {
            redistributor.reset();
            redistributor.bank.enabled = by_sender;
        }
        if let Some(senders) = self.senders_mut(vcpu) {
            *senders = Senders::new();
        }
    }

    /// SPIs that the vCPU had acknowledged stay active, but its running priority is gone: no end of an interrupt
    /// will be theirs.
    fn forget_acknowledgements(&mut self, vcpu: VcpuId) {
        for id in (0..self.shared_banks()).map(BankId::Shared) {
            let active = self.bank_by_call(id).map_or(0, |bank| bank.active);
            let theirs = ones(active).filter(|&position| self.holder(id, id.intid(position)) == vcpu);
            let theirs = theirs.fold(0, |word, position| word | bit(position));
            if let Some(bank) = self.bank_mut_by_call(id) {
                ones(theirs).for_each(|position| bank.set_acknowledged_at(position, NOT_ACKNOWLEDGED));
            }
        }
    }

    fn reset_bank(&mut self, id: BankId, effects: &mut dyn Effects) {
        let Some(bank) = self.bank_mut_by_call(id) else { return };
        let held = bank.arrived | bank.linked;
        bank.reset();
        self.for_each_bound(id, u32::MAX, &mut |position, owner, physical| {
            effects.physical_enable(owner, physical, false);
            effects.physical_clear_pending(owner, physical);
            if held & bit(position) != 0 {
                effects.physical_deactivate(owner, physical);
            }
            if let Some(bank) = self.bank_by_call(id) {
                effects.physical_trigger(owner, physical, bank.trigger(position));
            }
        });
    }
}
