//! `GICD_IPRIORITYR<n>` and `GICR_IPRIORITYR<n>` (IHI 0069, 12.9): 8 bits each, the lowest value first.

use super::table::Interrupts;
use crate::ids::VcpuId;
use crate::ports::Effects;
use crate::vgic::Vgic;

impl Vgic<'_> {
    pub(super) fn read_priorities(&self, at: Interrupts) -> u32 {
        let Some(bank) = self.bank(at.bank) else { return 0 };
        let mut bytes = [0; 4];
        for (byte, position) in bytes.iter_mut().take(at.count as usize).zip(at.first..) {
            *byte = bank.priority(position);
        }
        u32::from_le_bytes(bytes)
    }

    pub(super) fn write_priorities(
        &mut self,
        by: VcpuId,
        at: Interrupts,
        value: u32,
        effects: &mut dyn Effects,
    ) -> bool {
        let implemented = self.priority_mask();
        let Some(bank) = self.bank_mut(at.bank) else { return false };
        for (byte, position) in value.to_le_bytes().into_iter().take(at.count as usize).zip(at.first..) {
            bank.set_priority(position, byte & implemented);
        }
        self.announce(by, at.bank, at.mask(), effects)
    }
}
