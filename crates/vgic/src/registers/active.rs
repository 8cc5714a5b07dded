//! `GICD_ISACTIVER<n>` and GICR_ISACTIVER0 (IHI 0069, 12.9); their clearing twins are
//! [`Vgic::clear_active`](crate::Vgic).

use ids::bits::ones;

use crate::bank::{BankId, NOT_ACKNOWLEDGED};
use crate::ids::VcpuId;
use crate::ports::Effects;
use crate::vgic::Vgic;

impl Vgic<'_> {
    /// An SPI that is made active is active on the vCPU that it is routed to (on `by` if on none): that one's
    /// end of it will count.
    pub(super) fn set_active(
        &mut self,
        by: VcpuId,
        id: BankId,
        value: u32,
        effects: &mut dyn Effects,
    ) -> bool {
        let Some(bank) = self.bank_mut_by_call(id) else { return false };
        let new = value & !bank.active;
        bank.active |= new;
        for position in ones(new) {
            bank.set_acknowledged_at(position, NOT_ACKNOWLEDGED);
        }
        self.note(id);
        let mut refill = false;
        for position in ones(new) {
            let intid = id.intid(position);
            let holder = self.target(id, intid).unwrap_or(by);
            self.set_holder(intid, holder);
            if holder == by {
                refill = true;
            } else {
                effects.kick(holder);
            }
        }
        refill
    }
}
