//! Bringing a vCPU's list registers in step with the model.

use ids::bits::{bit, ones};

use crate::bank::BankId;
use crate::config::Version;
use crate::ids::{FIRST_PPI, VcpuId, VirtualIntid};
use crate::lr::ListRegister;
use crate::ports::{CpuInterface, Effects, ListRegisters, Maintenance};
use crate::vcpu::MAX_LIST_REGISTERS;
use crate::vgic::Vgic;

use super::choose::Rank;
use super::encode::Encoded;

/// Stands for the CPU interface as long as every pending interrupt fits: then the order does not matter.
const ALL_SIGNALLED: CpuInterface = CpuInterface { group0: true, group1: true, split_end: false };

impl Vgic<'_> {
    /// Brings the list registers of `by` in step: takes what the guest has finished, loads what is due, and turns
    /// on the maintenance interrupts that are needed for the rest.
    ///
    /// To be called on a kick, on a maintenance interrupt, and before a vCPU runs that was turned on or folded.
    pub fn refill(&mut self, by: VcpuId, lrs: &mut dyn ListRegisters, effects: &mut dyn Effects) {
        if let Some(redistributor) = self.redistributor(by) {
            redistributor.parked = false;
        }
        self.take_over(by, lrs, effects);
        self.end_counted(by, lrs, effects);
        self.renew_loaded(by, lrs, effects);
        self.fill_free(by, lrs, effects);
        self.publish(by);
    }

    /// Settles every loaded list register and loads it again with what its interrupt has become.
    fn renew_loaded(&mut self, by: VcpuId, lrs: &mut dyn ListRegisters, effects: &mut dyn Effects) {
        let Some(redistributor) = self.redistributor(by) else { return };
        let used = redistributor.loaded.used;
        if used == 0 {
            return;
        }
        let empty = lrs.empty();
        for index in ones(used) {
            if empty & bit(index) != 0 && self.settle_plain(by, index) {
                continue;
            }
            let found = if empty & bit(index) != 0 {
                ListRegister::EMPTY
            } else {
                ListRegister::from_raw(lrs.read(index as usize))
            };
            let Some(redistributor) = self.redistributor(by) else { return };
            let intid = redistributor.loaded.get(index).intid();
            self.settle(by, index, found, effects);
            match self.encode(by, intid, false) {
                Some(encoded) => self.place(by, index, encoded, Some(found), lrs),
                None if empty & bit(index) == 0 => lrs.write(index as usize, 0),
                None => {}
            }
        }
    }

    /// Loads what is due beside what is loaded, as the rules of [`delivery`](super) say.
    fn fill_free(&mut self, by: VcpuId, lrs: &mut dyn ListRegisters, effects: &mut dyn Effects) {
        let mut interface = ALL_SIGNALLED;
        // The last of the pending ones that was loaded here: all that wait come after it.
        let mut last = None;
        // One pending interrupt at least, if need be in the place of the active one that ends last.
        if self.last_loaded_pending(by, interface).is_none() {
            if self.free_register(by, lrs).is_none() {
                interface = lrs.cpu_interface();
            }
            if let Some(best) = self.best_candidate(by, interface) {
                let free = self.free_register(by, lrs);
                let index = free.or_else(|| {
                    let index = self.outermost_loaded_active(by)?;
                    self.unload(by, index, lrs, effects);
                    Some(index)
                });
                if let Some(index) = index {
                    self.load(by, index, best.1, lrs);
                    // What is unloaded may be pending, and come before it.
                    last = free.map(|_| best);
                }
            }
        }
        // Those that are active next, since each of them outside costs a maintenance interrupt.
        for _ in 0..MAX_LIST_REGISTERS {
            let Some(index) = self.free_register(by, lrs) else { break };
            let Some(intid) = self.innermost_stranded(by) else { break };
            self.load(by, index, intid, lrs);
        }
        for _ in 0..MAX_LIST_REGISTERS {
            let Some(index) = self.free_register(by, lrs) else { break };
            let Some(next) = self.next_candidate(by, interface, last) else { break };
            self.load(by, index, next.1, lrs);
            last = Some(next);
        }
        let left_out = self.free_register(by, lrs).is_none() && {
            interface = lrs.cpu_interface();
            // Where a group is not signalled, the order is another one.
            let last = last.filter(|_| interface.group0 && interface.group1);
            self.exchange(by, interface, last, lrs, effects)
        };
        if left_out {
            self.hold_back_again(by, lrs, effects);
        }
        let stranded = self.innermost_stranded(by).is_some();
        let more_vcpus = self.config.vcpus > 1;
        // With one group signalled, that it goes as well changes the order of nothing. And QEMU tells that group 0 is
        // disabled when group 1 is (IHI 0069, 12.4, ICH_MISR_EL2.VGrp0D): it would never stop.
        let either_may_go = left_out && interface.group0 && interface.group1;
        let maintenance = Maintenance {
            no_pending: left_out,
            entry_not_present: stranded,
            group0_enabled: left_out && !interface.group0,
            group0_disabled: either_may_go,
            group1_enabled: left_out && !interface.group1,
            group1_disabled: either_may_go,
            // With several vCPUs the interrupt may be active on another one, whose list registers the hardware
            // does not look at.
            trap_deactivate: stranded || more_vcpus,
        };
        self.set_maintenance(by, maintenance, lrs);
    }

    /// While something waits that comes before a pending interrupt in a list register, exchanges the two. True if
    /// something still waits in the end.
    fn exchange(
        &mut self,
        by: VcpuId,
        interface: CpuInterface,
        mut last: Option<(Rank, VirtualIntid)>,
        lrs: &mut dyn ListRegisters,
        effects: &mut dyn Effects,
    ) -> bool {
        // Each round brings in one that stays, so there are no more rounds than registers.
        for _ in 0..MAX_LIST_REGISTERS {
            let Some((rank, intid)) = self.next_candidate(by, interface, last.take()) else { return false };
            match self.last_loaded_pending(by, interface) {
                Some((last, index)) if rank < last => {
                    self.unload(by, index, lrs, effects);
                    self.load(by, index, intid, lrs);
                }
                _ => return true,
            }
        }
        true
    }

    /// Something is left out: what is pending and active must not become pending in its list register before that
    /// by the guest's end of it.
    fn hold_back_again(&mut self, by: VcpuId, lrs: &mut dyn ListRegisters, effects: &mut dyn Effects) {
        let used = self.redistributor(by).map_or(0, |found| found.loaded.used);
        for index in ones(used) {
            let Some(redistributor) = self.redistributor(by) else { return };
            let contents = redistributor.loaded.get(index);
            if contents.is_pending() && contents.is_active() {
                self.unload(by, index, lrs, effects);
                if let Some(encoded) = self.encode(by, contents.intid(), true) {
                    self.place(by, index, encoded, None, lrs);
                }
            }
        }
    }

    /// Takes the interrupt out of a list register, which is to be loaded with another one.
    fn unload(&mut self, by: VcpuId, index: u32, lrs: &mut dyn ListRegisters, effects: &mut dyn Effects) {
        let found = ListRegister::from_raw(lrs.read(index as usize));
        self.settle(by, index, found, effects);
    }

    /// Loads an interrupt that is due into a free list register.
    pub(super) fn load(&mut self, by: VcpuId, index: u32, intid: VirtualIntid, lrs: &mut dyn ListRegisters) {
        let id = BankId::of(by, intid);
        let others = self.bank(id).map_or(0, |bank| bank.active | bank.arrived) | self.by_sender(id);
        if others & bit(u32::from(intid.0 & 31)) == 0 {
            return self.load_new(by, id, intid, index, lrs);
        }
        if let Some(encoded) = self.encode(by, intid, false) {
            self.place(by, index, encoded, None, lrs);
        }
    }

    /// Puts an interrupt into a list register, unless it `holds` the very same already.
    fn place(
        &mut self,
        by: VcpuId,
        index: u32,
        encoded: Encoded,
        holds: Option<ListRegister>,
        lrs: &mut dyn ListRegisters,
    ) {
        let intid = encoded.contents.intid();
        let Some(bank) = self.bank_mut(BankId::of(by, intid)) else { return };
        let mine = bit(u32::from(intid.0 & 31));
        bank.resident |= mine;
        if encoded.carries_latch {
            bank.latch &= !mine;
        }
        let encoded = if intid.0 < FIRST_PPI && self.config.version == Version::V2 {
            self.take_sgi(by, encoded)
        } else {
            encoded
        };
        self.set_holder(intid, by);
        if let Some(redistributor) = self.redistributor(by) {
            redistributor.loaded.put(index, encoded.contents, encoded.carries_latch);
        }
        if holds != Some(encoded.contents) {
            lrs.write(index as usize, encoded.contents.raw());
        }
    }

    fn free_register(&self, by: VcpuId, lrs: &dyn ListRegisters) -> Option<u32> {
        let used = self.redistributors.get(by.index())?.loaded.used;
        let free = (!used).trailing_zeros();
        (free < lrs.count().min(MAX_LIST_REGISTERS) as u32).then_some(free)
    }

    pub(super) fn set_maintenance(
        &mut self,
        by: VcpuId,
        maintenance: Maintenance,
        lrs: &mut dyn ListRegisters,
    ) {
        let Some(redistributor) = self.redistributor(by) else { return };
        if redistributor.maintenance != maintenance {
            if maintenance.entry_not_present && !redistributor.maintenance.entry_not_present {
                // What the guest has ended in vain so far must not be taken for the end of what is now outside.
                lrs.take_eoi_count();
            }
            redistributor.maintenance = maintenance;
            lrs.set_maintenance(maintenance);
        }
    }
}
