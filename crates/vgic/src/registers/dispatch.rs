//! Reading and writing registers: what to do around the work of each kind.

use ids::bits::ones;

use super::quick::{Poked, shared_at};
use super::table::{Access, Frame, Interrupts, Kind, Place};
use crate::bank::BankId;
use crate::ids::{VcpuId, VcpuSet};
use crate::ports::{Effects, ListRegisters};
use crate::vgic::Vgic;

impl Vgic<'_> {
    /// The vCPUs, other than `by`, whose list registers hold an interrupt that this access would show or change
    /// (`write` is the value, for a write). They must fold and wait before the access is done, and refill after
    /// it. While they do, no other vCPU may load anything: park them all, or ask again before the access.
    pub fn must_park(&self, by: VcpuId, access: &Access, write: Option<u64>) -> VcpuSet {
        let mut set = VcpuSet::EMPTY;
        let Some(place) = access.place() else { return set };
        if place.kind == Kind::DistributorControl {
            if write.is_some_and(|value| self.withdraws_group(value as u32)) {
                for (vcpu, redistributor) in self.vcpus().zip(self.redistributors.iter()) {
                    if vcpu != by && redistributor.loaded.used != 0 {
                        set.insert(vcpu);
                    }
                }
                self.have_notes(by).iter().for_each(|vcpu| set.insert(vcpu));
            }
            return set;
        }
        let Some(interrupts) = place.interrupts(access.frame) else { return set };
        let touched = self.touched(place, interrupts, write);
        let resident = self.bank_by_call(interrupts.bank).map_or(0, |bank| bank.resident);
        for position in ones(resident & touched) {
            let holder = self.holder(interrupts.bank, interrupts.bank.intid(position));
            if holder != by {
                set.insert(holder);
            }
        }
        if touched != 0 {
            for vcpu in self.have_notes(by).iter() {
                if self.noted(vcpu, interrupts.bank) & touched != 0 {
                    set.insert(vcpu);
                }
            }
        }
        set
    }

    /// Of the interrupts that are accessed, those that must not be in a list register meanwhile.
    fn touched(&self, place: Place, interrupts: Interrupts, write: Option<u64>) -> u32 {
        let Some(bank) = self.bank_by_call(interrupts.bank) else { return 0 };
        match (place.kind, write) {
            (Kind::SetPending | Kind::ClearPending | Kind::SetActive | Kind::ClearActive, None) => u32::MAX,
            (Kind::SetPending | Kind::ClearPending | Kind::SetActive | Kind::ClearActive, Some(value)) => {
                value as u32
            }
            // Only what was enabled is taken away from a list register.
            (Kind::ClearEnable, Some(value)) => value as u32 & bank.enabled,
            // A pending state that was held back is added on the next refill.
            (Kind::Group | Kind::Priority | Kind::Config | Kind::Route | Kind::Targets, Some(_))
            | (Kind::SetSenders | Kind::ClearSenders, _) => interrupts.mask(),
            _ => 0,
        }
    }

    /// Whether some of these interrupts are in a list register.
    fn disturbs(&self, by: VcpuId, id: BankId, touched: u32) -> bool {
        let resident = self.bank_by_call(id).map_or(0, |bank| bank.resident);
        resident & touched != 0 || touched != 0 && self.has_notes_about(by, id, touched)
    }

    /// Whether the CPU of a vCPU has loaded some of these by itself. The notes of `by` have been taken over.
    fn has_notes_about(&self, by: VcpuId, id: BankId, mask: u32) -> bool {
        self.have_notes(by).iter().any(|vcpu| self.noted(vcpu, id) & mask != 0)
    }

    /// A guest's read by vCPU `by`. What [`Vgic::must_park`] names must be parked. Bits beyond the access's width
    /// are zero.
    pub fn read(
        &mut self,
        by: VcpuId,
        access: &Access,
        lrs: &mut dyn ListRegisters,
        effects: &mut dyn Effects,
    ) -> u64 {
        let shown = self.peek(access, |word| effects.physical_pending_word(word));
        shown.unwrap_or_else(|| self.access(by, access, None, lrs, effects).unwrap_or(0))
    }

    /// A guest's write by vCPU `by`. What [`Vgic::must_park`] names must be parked. Bits of `value` beyond the
    /// access's width are ignored.
    pub fn write(
        &mut self,
        by: VcpuId,
        access: &Access,
        value: u64,
        lrs: &mut dyn ListRegisters,
        effects: &mut dyn Effects,
    ) {
        let done = match self.poke(access, value) {
            Poked::Left => false,
            Poked::Done => true,
            Poked::Sends => match self.send_by_word(by, value as u32, lrs.empty()) {
                Some(load) => {
                    lrs.write(load.index as usize, load.contents.get());
                    true
                }
                None => false,
            },
            Poked::Pends => {
                let id = match access.frame {
                    Frame::Redistributor(vcpu) => BankId::Private(vcpu),
                    _ => shared_at(access.offset),
                };
                self.pend_quickly(by, id, value as u32, lrs, effects)
            }
        };
        if !done {
            let _ = self.access(by, access, Some(value), lrs, effects);
        }
    }

    /// Does what [`Poked::Pends`] asks for, by the shortest way.
    fn pend_quickly(
        &mut self,
        by: VcpuId,
        id: BankId,
        word: u32,
        lrs: &mut dyn ListRegisters,
        effects: &mut dyn Effects,
    ) -> bool {
        if word.is_power_of_two()
            && let Some(load) = self.pend_one(by, id, word.trailing_zeros(), lrs.empty())
        {
            lrs.write(load.index as usize, load.contents.get());
            return true;
        }
        self.pend(by, id, word, lrs, effects)
    }

    /// A guest's access by vCPU `by`: a read, or a write of `write`. What is read has zeros beyond the access's width, and
    /// bits that are written beyond it are ignored.
    ///
    /// # Errors
    /// The vCPUs that must be parked first ([`Vgic::must_park`]); nothing has been done.
    #[inline]
    pub fn access(
        &mut self,
        by: VcpuId,
        access: &Access,
        write: Option<u64>,
        lrs: &mut dyn ListRegisters,
        effects: &mut dyn Effects,
    ) -> Result<u64, VcpuSet> {
        let Some(place) = access.place() else { return Ok(0) };
        let Some(interrupts) = place.interrupts(access.frame) else {
            return match write {
                None => Ok(self.read_identity(access.frame, place)),
                Some(value) => self.write_control(by, access, place, value as u32, lrs, effects),
            };
        };
        let touched = self.touched(place, interrupts, write);
        // First this, then the look at what has been loaded: see `shortcut`.
        self.strike_out(interrupts.bank, touched);
        self.take_over(by, lrs, effects);
        if self.disturbs(by, interrupts.bank, touched) {
            self.settle_empty(by, lrs.empty(), effects);
        }
        if self.disturbs(by, interrupts.bank, touched) {
            return self.access_loaded(by, access, place, interrupts, write, lrs, effects);
        }
        self.clarify(interrupts.bank, touched);
        let Some(value) = write else { return Ok(self.read_interrupts(place, interrupts, effects)) };
        if self.write_interrupts(by, place, interrupts, value, effects) {
            match place.kind {
                Kind::SetPending | Kind::SetEnable => {
                    self.bring_in(by, interrupts.bank, value as u32, lrs, effects);
                }
                _ => self.refill(by, lrs, effects),
            }
        }
        Ok(0)
    }

    /// An access to interrupts some of which are in list registers.
    #[cold]
    #[inline(never)]
    #[expect(clippy::too_many_arguments, reason = "the access, and what has been found out about it")]
    fn access_loaded(
        &mut self,
        by: VcpuId,
        access: &Access,
        place: Place,
        interrupts: Interrupts,
        write: Option<u64>,
        lrs: &mut dyn ListRegisters,
        effects: &mut dyn Effects,
    ) -> Result<u64, VcpuSet> {
        let others = self.must_park(by, access, write);
        if !others.is_empty() {
            return Err(others);
        }
        self.fold(by, lrs, effects);
        let value = match write {
            None => self.read_interrupts(place, interrupts, effects),
            Some(value) => {
                self.write_interrupts(by, place, interrupts, value, effects);
                0
            }
        };
        self.refill(by, lrs, effects);
        Ok(value)
    }

    /// A write to a register that is not about certain interrupts.
    #[cold]
    #[inline(never)]
    fn write_control(
        &mut self,
        by: VcpuId,
        access: &Access,
        place: Place,
        value: u32,
        lrs: &mut dyn ListRegisters,
        effects: &mut dyn Effects,
    ) -> Result<u64, VcpuSet> {
        match place.kind {
            Kind::DistributorControl => {
                self.strike_all_out();
                let others = self.must_park(by, access, Some(u64::from(value)));
                if !others.is_empty() {
                    return Err(others);
                }
                self.write_distributor_control(by, value, lrs, effects);
            }
            Kind::Waker => self.write_waker(access.frame, value),
            Kind::SendSgi => self.send_sgi_to_targets(by, value, lrs, effects),
            _ => {}
        }
        Ok(0)
    }

    fn read_interrupts(&mut self, place: Place, at: Interrupts, effects: &mut dyn Effects) -> u64 {
        let Some(bank) = self.bank_by_call(at.bank) else { return 0 };
        let word = match place.kind {
            Kind::SetEnable | Kind::ClearEnable => bank.enabled,
            Kind::SetPending | Kind::ClearPending => self.read_pending(at.bank, effects),
            Kind::SetActive | Kind::ClearActive => bank.active,
            Kind::Group => bank.group,
            Kind::Priority => self.read_priorities(at),
            Kind::Config => self.read_config(at),
            Kind::Route => return self.read_route(place, at),
            Kind::Targets | Kind::SetSenders | Kind::ClearSenders => self.read_bytes(place.kind, at),
            _ => 0,
        };
        u64::from(word)
    }

    /// True if something has become due for `by`.
    fn write_interrupts(
        &mut self,
        by: VcpuId,
        place: Place,
        at: Interrupts,
        value: u64,
        effects: &mut dyn Effects,
    ) -> bool {
        let word = value as u32;
        match place.kind {
            Kind::SetEnable => self.enable(by, at.bank, word, effects),
            Kind::ClearEnable => self.disable(at.bank, word, effects),
            Kind::SetPending => self.set_pending(by, at.bank, word, effects),
            Kind::ClearPending => self.clear_pending(at.bank, word, effects),
            Kind::SetActive => self.set_active(by, at.bank, word, effects),
            Kind::ClearActive => self.clear_active(by, at.bank, word, effects),
            Kind::Group => self.write_groups(by, at.bank, word, effects),
            Kind::Priority => self.write_priorities(by, at, word, effects),
            Kind::Config => self.write_config(by, at, word, effects),
            Kind::Route => self.write_route(by, place, at, value, effects),
            Kind::Targets | Kind::SetSenders | Kind::ClearSenders => {
                self.write_bytes(by, place.kind, at, word, effects)
            }
            _ => false,
        }
    }

    /// After a change to many interrupts of every bank: whoever has something due is kicked; true if `by` has.
    pub(super) fn announce_all(&mut self, by: VcpuId, effects: &mut dyn Effects) -> bool {
        let mut due = false;
        for vcpu in self.vcpus() {
            due |= self.announce(by, BankId::Private(vcpu), u32::MAX, effects);
        }
        for shared in 0..self.shared_banks() {
            due |= self.announce(by, BankId::Shared(shared), u32::MAX, effects);
        }
        due
    }
}
