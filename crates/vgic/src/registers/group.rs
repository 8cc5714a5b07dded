//! `GICD_IGROUPR<n>` and GICR_IGROUPR0 (IHI 0069, 12.9). With one security state a set bit is group 1, a clear
//! one group 0, and `GICD_IGRPMODR<n>` says nothing.

use crate::bank::BankId;
use crate::ids::VcpuId;
use crate::ports::Effects;
use crate::vgic::Vgic;

impl Vgic<'_> {
    pub(super) fn write_groups(
        &mut self,
        by: VcpuId,
        id: BankId,
        value: u32,
        effects: &mut dyn Effects,
    ) -> bool {
        let Some(bank) = self.bank_mut_by_call(id) else { return false };
        let changed = bank.group ^ value;
        bank.group = value;
        self.announce(by, id, changed, effects)
    }
}
