//! `GICD_ICFGR<n>` and `GICR_ICFGR<n>` (IHI 0069, 12.9): two bits each, the upper one set for edge-triggered.

use ids::bits::{bit, merge, ones};

use super::table::Interrupts;
use crate::bank::BankId;
use crate::ids::VcpuId;
use crate::ports::Effects;
use crate::vgic::Vgic;

impl Vgic<'_> {
    pub(super) fn read_config(&self, at: Interrupts) -> u32 {
        let Some(bank) = self.bank(at.bank) else { return 0 };
        ones((bank.edge & at.mask()) >> at.first).fold(0, |word, index| word | bit(index << 1 | 1))
    }

    pub(super) fn write_config(
        &mut self,
        by: VcpuId,
        at: Interrupts,
        value: u32,
        effects: &mut dyn Effects,
    ) -> bool {
        // SGIs are edge-triggered, always.
        let writable = match at.bank {
            BankId::Private(_) => at.mask() & 0xffff_0000,
            BankId::Shared(_) => at.mask(),
        };
        let edges = (0..at.count).filter(|index| value & bit(index << 1 | 1) != 0);
        let edges = edges.fold(0, |word, index| word | bit(at.first | index));
        let Some(bank) = self.bank(at.bank) else { return false };
        let changed = (bank.edge ^ edges) & writable;
        let mut caught = bank.edge & changed;
        // What is pending is so by the old rules: an edge stays, also one that has not arrived yet, and a level is for
        // the new rules to judge.
        self.give_back(at.bank, changed, effects);
        self.for_each_bound(at.bank, caught, |position, owner, physical| {
            if effects.physical_is_pending(owner, physical) {
                effects.physical_clear_pending(owner, physical);
            } else {
                caught &= !bit(position);
            }
        });
        let Some(bank) = self.bank_mut(at.bank) else { return false };
        bank.latch |= caught & bank.bound;
        merge(&mut bank.edge, writable, edges);
        self.for_each_bound(at.bank, changed, |position, owner, physical| {
            if let Some(bank) = self.bank(at.bank) {
                effects.physical_trigger(owner, physical, bank.trigger(position));
            }
        });
        self.announce(by, at.bank, changed, effects)
    }
}
