//! `GICD_ICFGR<n>` and `GICR_ICFGR<n>` (IHI 0069, 12.9): two bits each, the upper one set for edge-triggered.

use ids::bits::{bit, merge};

use super::table::Interrupts;
use crate::bank::BankId;
use crate::ids::VcpuId;
use crate::ports::Effects;
use crate::vgic::Vgic;

impl Vgic<'_> {
    pub(super) fn read_config(&self, at: Interrupts) -> u32 {
        let Some(bank) = self.bank_by_call(at.bank) else { return 0 };
        spread((bank.edge & at.mask()).wrapping_shr(at.first)) << 1
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
        let edges = gather(value >> 1).wrapping_shl(at.first);
        let Some(bank) = self.bank_by_call(at.bank) else { return false };
        let changed = (bank.edge ^ edges) & writable;
        if changed == 0 {
            return false;
        }
        let mut caught = bank.edge & changed;
        // What is pending is so by the old rules: an edge stays, also one that has not arrived yet, and a level is for
        // the new rules to judge.
        self.give_back(at.bank, changed, effects);
        self.for_each_bound(at.bank, caught, &mut |position, owner, physical| {
            if effects.physical_is_pending(owner, physical) {
                effects.physical_clear_pending(owner, physical);
            } else {
                caught &= !bit(position);
            }
        });
        let Some(bank) = self.bank_mut_by_call(at.bank) else { return false };
        bank.latch |= caught & bank.bound;
        merge(&mut bank.edge, writable, edges);
        self.for_each_bound(at.bank, changed, &mut |position, owner, physical| {
            if let Some(bank) = self.bank_by_call(at.bank) {
                effects.physical_trigger(owner, physical, bank.trigger(position));
            }
        });
        self.announce(by, at.bank, changed, effects)
    }
}

/// The lower 16 bits, each at twice its place.
#[inline(always)]
pub(super) const fn spread(word: u32) -> u32 {
    let word = (word & 0xffff | word << 8) & 0x00ff_00ff;
    let word = (word | word << 4) & 0x0f0f_0f0f;
    let word = (word | word << 2) & 0x3333_3333;
    (word | word << 1) & 0x5555_5555
}

/// The other way: the even bits, each at half its place.
pub(super) const fn gather(word: u32) -> u32 {
    let word = word & 0x5555_5555;
    let word = (word | word >> 1) & 0x3333_3333;
    let word = (word | word >> 2) & 0x0f0f_0f0f;
    let word = (word | word >> 4) & 0x00ff_00ff;
    (word | word >> 8) & 0xffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_bits_an_interrupt_become_one_and_back() {
        for word in 0..=0xffff {
            assert_eq!(gather(spread(word)), word);
        }
        assert_eq!((spread(0xffff), gather(0xaaaa_aaaa), spread(1 << 15)), (0x5555_5555, 0, 1 << 30));
    }
}
