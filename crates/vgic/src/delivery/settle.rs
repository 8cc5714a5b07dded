//! What a list register tells about an interrupt that it was loaded with.

use ids::bits::bit;

use crate::bank::BankId;
use crate::ids::VcpuId;
use crate::lr::ListRegister;
use crate::ports::Effects;
use crate::vgic::Vgic;

impl Vgic<'_> {
    /// Takes the interrupt of list register `index` back into the model, given what the register reads now.
    /// The register is free afterwards, as far as the model goes.
    pub(crate) fn settle(
        &mut self,
        vcpu: VcpuId,
        index: u32,
        found: ListRegister,
        effects: &mut dyn Effects,
    ) {
        let Some(redistributor) = self.redistributor(vcpu) else { return };
        let loaded = redistributor.loaded.get(index);
        let carried_latch = redistributor.loaded.remove(index);
        let intid = loaded.intid();
        let id = BankId::of(vcpu, intid);
        let position = u32::from(intid.0 & 31);
        let mine = bit(position);
        let Some(mut bank) = self.bank_mut(id) else { return };
        bank.resident &= !mine;
        let acknowledged = loaded.is_pending() && !found.is_pending();
        if acknowledged {
            if loaded.is_hardware() {
                bank.arrived &= !mine;
                bank.linked |= mine;
            } else if loaded.has_sender() {
                let Some(same) = self.settle_sgi(vcpu, loaded, acknowledged) else { return };
                bank = same;
            }
            bank.acknowledge(position, loaded.priority(), loaded.is_group_one());
        } else if carried_latch {
            bank.latch |= mine;
            if loaded.has_sender() {
                let Some(same) = self.settle_sgi(vcpu, loaded, acknowledged) else { return };
                bank = same;
            }
        }
        if found.is_active() {
            bank.active |= mine;
            self.note(id);
            return;
        }
        bank.active &= !mine;
        let was_linked = bank.linked & mine != 0;
        bank.linked &= !mine;
        // With HW set the guest's end of the interrupt has deactivated the physical one already.
        if was_linked && !loaded.is_hardware() {
            self.for_each_bound(id, mine, &mut |_, owner, physical| {
                effects.physical_deactivate(owner, physical)
            });
        }
        // An SPI that was routed elsewhere while it was here is now for somebody else.
        self.announce(vcpu, id, mine, effects);
    }
}
