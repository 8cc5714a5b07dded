//! The SGIs of a GICv2: GICD_SGIR sends them, `GICD_SPENDSGIR<n>` and `GICD_CPENDSGIR<n>` change what is pending for the
//! accessing vCPU, in 8 bits for each SGI, one for each sender (IHI 0048B, 4.3.15 to 4.3.17). Senders and targets that the
//! zone does not have are ignored.

use ids::bits::bit;

use crate::bank::BankId;
use crate::ids::{VcpuId, VcpuSet};
use crate::ports::{Effects, ListRegisters};
use crate::vgic::Vgic;

/// GICD_SGIR.TargetListFilter.
pub(crate) const FILTER_SHIFT: u32 = 24;
pub(crate) const TO_LIST: u32 = 0;
const TO_OTHERS: u32 = 1;
pub(crate) const TO_SELF: u32 = 2;
/// GICD_SGIR.CPUTargetList.
pub(crate) const LIST_SHIFT: u32 = 16;

impl Vgic<'_> {
    /// vCPU `by` has written `value` to GICD_SGIR. Each target gets the SGI once from each sender, however often that
    /// one sends it before the target acknowledges it. The reserved filter names nobody, and NSATT says nothing without
    /// the Security Extensions.
    pub(super) fn send_sgi_to_targets(
        &mut self,
        by: VcpuId,
        value: u32,
        lrs: &mut dyn ListRegisters,
        effects: &mut dyn Effects,
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
            let sgi = value & 0xf;
            // What is pending from this sender already has been announced already.
            if self.add_senders(vcpu, sgi, me as u8) {
                refill |= self.announce(by, BankId::Private(vcpu), bit(sgi), effects);
            }
        }
        if refill {
            self.refill(by, lrs, effects);
        }
    }

    /// Makes an SGI pending for `vcpu` from these senders too. True if it was not from all of them.
    pub(super) fn add_senders(&mut self, vcpu: VcpuId, sgi: u32, senders: u8) -> bool {
        let new = self.senders_mut(vcpu).is_some_and(|kept| kept.add(sgi, senders));
        if new && let Some(bank) = self.bank_mut(BankId::Private(vcpu)) {
            bank.latch |= bit(sgi);
        }
        new
    }

    /// Makes an SGI not pending for `vcpu` from these senders.
    pub(super) fn remove_senders(&mut self, vcpu: VcpuId, sgi: u32, senders: u8) {
        let left = self.senders_mut(vcpu).is_some_and(|kept| kept.remove(sgi, senders));
        if !left && let Some(bank) = self.bank_mut(BankId::Private(vcpu)) {
            bank.latch &= !bit(sgi);
        }
    }
}
