//! Loading what has just become due, without a look at the rest.

use ids::bits::{bit, ones};

use crate::bank::BankId;
use crate::ids::{VcpuId, VirtualIntid};
use crate::lr::{End, ListRegister};
use crate::ports::{Effects, ListRegisters};
use crate::vgic::Vgic;

impl Vgic<'_> {
    /// Makes the interrupts of `mask`, none of which is active, pending for a write of `by`: those for others are
    /// announced, those for `by` loaded. False where some are bound, or in list registers yet, nothing having been done.
    pub fn pend(
        &mut self,
        by: VcpuId,
        id: BankId,
        mask: u32,
        lrs: &mut dyn ListRegisters,
        effects: &mut dyn Effects,
    ) -> bool {
        if self.bank(id).is_none_or(|bank| bank.bound & mask != 0) {
            return false;
        }
        let is_resident = |this: &Self| this.bank(id).is_none_or(|bank| bank.resident & mask != 0);
        if is_resident(self) {
            // So they were when they were last looked at.
            self.settle_empty(by, lrs.empty(), effects);
            if is_resident(self) {
                return false;
            }
        }
        if let Some(bank) = self.bank_mut(id) {
            bank.latch |= mask;
        }
        if self.announce(by, id, mask, effects) {
            self.bring_in(by, id, mask, lrs, effects);
        }
        true
    }

    /// Some of the interrupts of `mask` have become due to `by`: loads them beside what is loaded. Where that does not
    /// do, everything is looked at anew.
    pub(crate) fn bring_in(
        &mut self,
        by: VcpuId,
        id: BankId,
        mask: u32,
        lrs: &mut dyn ListRegisters,
        effects: &mut dyn Effects,
    ) {
        self.take_over(by, lrs, effects);
        let Some(mut free) = self.room(by, lrs, effects) else { return self.refill(by, lrs, effects) };
        let groups = self.groups();
        let Some(bank) = self.bank(id) else { return };
        let due = bank.pending() & bank.forwarded(groups) & mask;
        if due & (bank.resident | bank.active | bank.arrived | self.by_sender(id)) != 0 {
            return self.refill(by, lrs, effects);
        }
        for position in ones(due) {
            let intid = id.intid(position);
            if self.target(id, intid) != Some(by) {
                continue;
            }
            let index = free.trailing_zeros();
            if index >= u32::BITS {
                return self.refill(by, lrs, effects);
            }
            free &= free.wrapping_sub(1);
            self.load_new(by, id, intid, index, lrs);
        }
        self.publish(by);
    }

    /// Loads an interrupt that is due, and that neither a physical interrupt nor a sender goes with.
    pub(super) fn load_new(
        &mut self,
        by: VcpuId,
        id: BankId,
        intid: VirtualIntid,
        index: u32,
        lrs: &mut dyn ListRegisters,
    ) {
        let Some(bank) = self.bank_mut(id) else { return };
        let position = u32::from(intid.0 & 31);
        let mine = bit(position);
        let end = if bank.line & !bank.edge & mine != 0 { End::Maintenance } else { End::Silent };
        let (priority, group_one) = bank.rank(position);
        let contents = ListRegister::new(intid, priority, group_one, end).with_state(true, false);
        let latched = bank.latch & mine != 0;
        bank.latch &= !mine;
        bank.resident |= mine;
        self.set_holder(intid, by);
        if let Some(redistributor) = self.redistributor(by) {
            redistributor.loaded.put(index, contents, latched);
        }
        lrs.write(index as usize, contents.raw());
    }

    /// Settles the list registers that are empty by now. Returns the free ones, a bit for each, if everything else that
    /// is due to the vCPU is loaded, so that more can be added without a look at the rest.
    pub(super) fn room(
        &mut self,
        by: VcpuId,
        lrs: &mut dyn ListRegisters,
        effects: &mut dyn Effects,
    ) -> Option<u32> {
        let empty = lrs.empty();
        self.settle_empty(by, empty, effects);
        let redistributor = self.redistributor(by)?;
        redistributor.has_room_for_more().then_some(empty & !redistributor.loaded.used)
    }

    /// Settles those of the list registers in `empty`.
    pub(crate) fn settle_empty(&mut self, by: VcpuId, empty: u32, effects: &mut dyn Effects) {
        for index in ones(self.redistributor(by).map_or(0, |found| found.loaded.used) & empty) {
            if !self.settle_plain(by, index) {
                self.settle(by, index, ListRegister::EMPTY, effects);
            }
        }
    }

    /// Does what [`Vgic::settle`] does with an empty list register, where nothing follows from the interrupt's end: it is
    /// not pending again, and no physical one is to be deactivated. False where something may.
    pub(super) fn settle_plain(&mut self, by: VcpuId, index: u32) -> bool {
        let Some(redistributor) = self.redistributor(by) else { return true };
        let loaded = redistributor.loaded.get(index);
        let intid = loaded.intid();
        let mine = bit(u32::from(intid.0 & 31));
        let Some(bank) = self.bank_mut(BankId::of(by, intid)) else { return false };
        let mut more = bank.latch | bank.line;
        if !loaded.is_hardware() {
            more |= bank.linked;
        }
        // Only what was loaded as pending has used up an arrival.
        if !loaded.is_hardware() || !loaded.is_pending() {
            more |= bank.arrived;
        }
        if loaded.has_sender() || more & mine != 0 {
            return false;
        }
        bank.arrived &= !mine;
        bank.linked &= !mine;
        bank.active &= !mine;
        bank.resident &= !mine;
        if let Some(redistributor) = self.redistributor(by) {
            redistributor.loaded.remove(index);
        }
        true
    }
}
