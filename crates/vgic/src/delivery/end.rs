//! Interrupts that end without a list register.

use ids::bits::bit;

use crate::bank::BankId;
use crate::ids::{VcpuId, VcpuSet, VirtualIntid};
use crate::ports::{Effects, ListRegisters};
use crate::vgic::Vgic;

impl Vgic<'_> {
    /// The vCPUs, other than `by`, that must fold before [`Vgic::deactivate`] is called.
    pub fn must_park_to_deactivate(&self, by: VcpuId, intid: VirtualIntid) -> VcpuSet {
        let mut set = VcpuSet::EMPTY;
        let id = BankId::of(by, intid);
        if self.bank(id).is_some_and(|bank| bank.resident & bit(u32::from(intid.0 & 31)) != 0) {
            let holder = self.holder(id, intid);
            if holder != by {
                set.insert(holder);
            }
        }
        if matches!(id, BankId::Shared(_)) {
            for vcpu in self.have_notes(by).iter() {
                if self.noted(vcpu, id) & bit(u32::from(intid.0 & 31)) != 0 {
                    set.insert(vcpu);
                }
            }
        }
        set
    }

    /// The guest has written `intid` to ICC_DIR_EL1, and the write has trapped
    /// ([`Maintenance::trap_deactivate`](crate::Maintenance)); or to GICC_DIR, whose writes all trap. An SPI may be active on any vCPU (IHI 0069, 4.1);
    /// without the split of EOI mode 1 the write does nothing.
    pub fn deactivate(
        &mut self,
        by: VcpuId,
        intid: VirtualIntid,
        lrs: &mut dyn ListRegisters,
        effects: &mut dyn Effects,
    ) {
        if !lrs.cpu_interface().split_end {
            return;
        }
        self.fold(by, lrs, effects);
        self.clear_active(by, BankId::of(by, intid), bit(u32::from(intid.0 & 31)), effects);
        self.refill(by, lrs, effects);
    }

    /// Ends what the guest has ended without a list register since the last look (ICH_HCR_EL2.EOIcount).
    ///
    /// The count does not tell which; but nested interrupts end in the reverse order of acknowledging, the
    /// outermost are the first to lose their list register, and with EOI mode 1 the end traps instead.
    pub(super) fn end_counted(&mut self, by: VcpuId, lrs: &mut dyn ListRegisters, effects: &mut dyn Effects) {
        if !self.redistributor(by).is_some_and(|found| found.maintenance.entry_not_present) {
            return;
        }
        let count = lrs.take_eoi_count();
        if lrs.cpu_interface().split_end {
            // The end was that of a priority alone. QEMU counts it where the architecture does not (IHI 0069, 12.4,
            // ICH_HCR_EL2.EOIcount).
            return;
        }
        for _ in 0..count {
            let Some(intid) = self.innermost_stranded(by) else { return };
            self.clear_active(by, BankId::of(by, intid), bit(u32::from(intid.0 & 31)), effects);
        }
    }

    /// Makes the interrupts of `mask` inactive, and with them the physical interrupts that they are linked to.
    /// True if something has become due for `by` that way; others are kicked.
    pub(crate) fn clear_active(
        &mut self,
        by: VcpuId,
        id: BankId,
        mask: u32,
        effects: &mut dyn Effects,
    ) -> bool {
        let Some(bank) = self.bank_mut(id) else { return false };
        let linked = bank.linked & mask;
        bank.active &= !mask;
        bank.linked &= !mask;
        self.for_each_bound(id, linked, &mut |_, owner, physical| {
            effects.physical_deactivate(owner, physical)
        });
        self.announce(by, id, mask, effects)
    }
}
