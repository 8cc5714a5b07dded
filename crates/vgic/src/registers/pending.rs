//! `GICD_ISPENDR<n>`, `GICD_ICPENDR<n>` and GICR_ISPENDR0, GICR_ICPENDR0 (IHI 0069, 12.9 and 12.11).
//!
//! What a guest makes pending is a latch, delivered as a software interrupt even where a physical interrupt is
//! bound: nothing physical has happened that the guest's end of it could deactivate. What it clears is cleared
//! in the physical GIC as well; a level that is still up comes back from there, as it should.
//!
//! SGIs of a GICv2 have registers of their own for that and do not change here (IHI 0048B, 4.3.7 and 4.3.8).

use ids::bits::bit;

use crate::bank::BankId;
use crate::ids::VcpuId;
use crate::ports::Effects;
use crate::vgic::Vgic;

impl Vgic<'_> {
    pub(super) fn read_pending(&self, id: BankId, effects: &mut dyn Effects) -> u32 {
        let Some(bank) = self.bank_by_call(id) else { return 0 };
        let mut pending = bank.pending();
        // A physical interrupt that the hypervisor has not taken (because it is disabled, or active) is pending
        // for the guest if it is pending for the machine.
        self.for_each_bound(id, !pending, &mut |position, owner, physical| {
            if effects.physical_is_pending(owner, physical) {
                pending |= bit(position);
            }
        });
        pending
    }

    pub(super) fn set_pending(
        &mut self,
        by: VcpuId,
        id: BankId,
        value: u32,
        effects: &mut dyn Effects,
    ) -> bool {
        let value = value & !self.by_sender(id);
        let Some(bank) = self.bank_mut_by_call(id) else { return false };
        bank.latch |= value;
        self.announce(by, id, value, effects)
    }

    pub(super) fn clear_pending(&mut self, id: BankId, value: u32, effects: &mut dyn Effects) -> bool {
        let value = value & !self.by_sender(id);
        self.for_each_bound(id, value, &mut |_, owner, physical| {
            effects.physical_clear_pending(owner, physical)
        });
        self.give_back(id, value, effects);
        if let Some(bank) = self.bank_mut_by_call(id) {
            bank.latch &= !value;
        }
        false
    }
}
