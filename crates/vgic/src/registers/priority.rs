//! `GICD_IPRIORITYR<n>` and `GICR_IPRIORITYR<n>` (IHI 0069, 12.9): 8 bits each, the lowest value first.

use super::table::Interrupts;
use crate::ids::VcpuId;
use crate::ports::Effects;
use crate::vgic::Vgic;

impl Vgic<'_> {
    pub(super) fn read_priorities(&self, at: Interrupts) -> u32 {
        let Some(bank) = self.bank_by_call(at.bank) else { return 0 };
        match at.count {
            1 => u32::from(bank.priority(at.first)),
            _ => bank.priorities(at.first),
        }
    }

    pub(super) fn write_priorities(
        &mut self,
        by: VcpuId,
        at: Interrupts,
        value: u32,
        effects: &mut dyn Effects,
    ) -> bool {
        let implemented = self.priority_mask;
        let Some(bank) = self.bank_mut_by_call(at.bank) else { return false };
        match at.count {
            1 => bank.set_priority(at.first, value as u8 & implemented),
            _ => bank.set_priorities(at.first, value & u32::from_ne_bytes([implemented; 4])),
        }
        self.announce(by, at.bank, at.mask(), effects)
    }
}
