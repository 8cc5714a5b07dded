//! `GICD_ISENABLER<n>`, `GICD_ICENABLER<n>` and GICR_ISENABLER0, GICR_ICENABLER0 (IHI 0069, 12.9 and 12.11).
//!
//! SGIs of a GICv2 are always enabled, which the architecture leaves to the implementation (IHI 0048B, 4.3.5).

use crate::bank::BankId;
use crate::ids::VcpuId;
use crate::ports::Effects;
use crate::vgic::Vgic;

impl Vgic<'_> {
    pub(super) fn enable(&mut self, by: VcpuId, id: BankId, value: u32, effects: &mut dyn Effects) -> bool {
        let Some(bank) = self.bank_mut_by_call(id) else { return false };
        let new = value & !bank.enabled;
        bank.enabled |= new;
        self.for_each_bound(id, new, &mut |_, owner, physical| {
            effects.physical_enable(owner, physical, true)
        });
        self.announce(by, id, new, effects)
    }

    pub(super) fn disable(&mut self, id: BankId, value: u32, effects: &mut dyn Effects) -> bool {
        let value = value & !self.by_sender(id);
        let Some(bank) = self.bank_mut_by_call(id) else { return false };
        let gone = value & bank.enabled;
        bank.enabled &= !gone;
        self.for_each_bound(id, gone, &mut |_, owner, physical| {
            effects.physical_enable(owner, physical, false)
        });
        self.give_back(id, gone, effects);
        false
    }
}
