//! The SGIs of a GICv2: GICD_SGIR sends them, `GICD_SPENDSGIR<n>` and `GICD_CPENDSGIR<n>` show and change what is pending for
//! the accessing vCPU, in 8 bits for each SGI, one for each sender (IHI 0048B, 4.3.15 to 4.3.17). Senders and targets that
//! the zone does not have are ignored.

use ids::bits::bit;

use super::table::Interrupts;
use crate::bank::BankId;
use crate::ids::{VcpuId, VcpuSet};
use crate::ports::{Effects, ListRegisters};
use crate::vgic::Vgic;

/// GICD_SGIR.TargetListFilter.
const FILTER_SHIFT: u32 = 24;
const TO_LIST: u32 = 0;
const TO_OTHERS: u32 = 1;
const TO_SELF: u32 = 2;
/// GICD_SGIR.CPUTargetList.
const LIST_SHIFT: u32 = 16;

impl Vgic<'_> {
    /// vCPU `by` has written `value` to GICD_SGIR. Each target gets the SGI once from each sender, however often that
    /// one sends it before the target acknowledges it. The reserved filter names nobody, and NSATT says nothing without
    /// the Security Extensions.
    pub(super) fn send_sgi_to_targets(
        &mut self,
        by: VcpuId,
        value: u32,
        lrs: &mut impl ListRegisters,
        effects: &mut impl Effects,
    ) {
        let me = 1u64.wrapping_shl(by.index() as u32);
        let targets = match value >> FILTER_SHIFT & 3 {
            TO_LIST => u64::from(value >> LIST_SHIFT & 0xff),
            TO_OTHERS => !me,
            TO_SELF => me,
            _ => 0,
        };
        let targets = VcpuSet::from_bits(targets & self.zone().bits());
        let mut refill = false;
        for vcpu in targets.iter() {
            refill |= self.pend_sgi(by, vcpu, value & 0xf, me as u8, effects);
        }
        if refill {
            self.refill(by, lrs, effects);
        }
    }

    pub(super) fn read_senders(&self, at: Interrupts) -> u32 {
        let BankId::Private(vcpu) = at.bank else { return 0 };
        let Some(redistributor) = self.redistributors.get(vcpu.index()) else { return 0 };
        let mut bytes = [0; 4];
        for (byte, sgi) in bytes.iter_mut().take(at.count as usize).zip(at.first..) {
            *byte = redistributor.senders.pending(sgi);
        }
        u32::from_le_bytes(bytes)
    }

    pub(super) fn set_senders(
        &mut self,
        by: VcpuId,
        at: Interrupts,
        value: u32,
        effects: &mut impl Effects,
    ) -> bool {
        let BankId::Private(vcpu) = at.bank else { return false };
        let zone = self.zone().bits() as u8;
        let mut due = false;
        for (byte, sgi) in value.to_le_bytes().into_iter().take(at.count as usize).zip(at.first..) {
            due |= self.pend_sgi(by, vcpu, sgi, byte & zone, effects);
        }
        due
    }

    pub(super) fn clear_senders(&mut self, at: Interrupts, value: u32) -> bool {
        let BankId::Private(vcpu) = at.bank else { return false };
        let Some(redistributor) = self.redistributor(vcpu) else { return false };
        for (byte, sgi) in value.to_le_bytes().into_iter().take(at.count as usize).zip(at.first..) {
            if !redistributor.senders.remove(sgi, byte) {
                redistributor.bank.latch &= !bit(sgi);
            }
        }
        false
    }

    /// Makes an SGI pending for `vcpu` from these senders. True if `by` has to refill; others are kicked.
    fn pend_sgi(
        &mut self,
        by: VcpuId,
        vcpu: VcpuId,
        sgi: u32,
        senders: u8,
        effects: &mut impl Effects,
    ) -> bool {
        let Some(redistributor) = self.redistributor(vcpu) else { return false };
        // What is pending from these senders already has been announced already.
        if senders & !redistributor.senders.pending(sgi) == 0 {
            return false;
        }
        redistributor.senders.add(sgi, senders);
        redistributor.bank.latch |= bit(sgi);
        self.announce(by, BankId::Private(vcpu), bit(sgi), effects)
    }
}
