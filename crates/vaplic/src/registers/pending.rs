//! setip, setipnum, setipnum_le, setipnum_be, in_clrip and clripnum (AIA 1.0, 4.5.5 to 4.5.8, 4.5.13, 4.5.14), with
//! the effects of 4.7.

use ids::PhysicalSource;
use ids::bits::bit;

use super::dispatch::Sources;
use crate::ports::{Effects, PhysicalState};
use crate::vaplic::Vaplic;

impl Vaplic<'_> {
    #[inline(never)]
    pub(super) fn read_pending(&self, index: usize, physical: &dyn PhysicalState) -> u32 {
        let Some(bank) = self.bank(index) else { return 0 };
        bank.pending | self.gather(index, bank.active(), |source| physical.is_pending(source))
    }

    /// The rectified inputs.
    #[inline(never)]
    pub(super) fn read_inputs(&self, index: usize, physical: &dyn PhysicalState) -> u32 {
        let Some(bank) = self.bank(index) else { return 0 };
        bank.rectified() | self.gather(index, bank.wired(), |source| physical.input(source))
    }

    /// A word of what the physical APLIC says of the bound sources of `mask`.
    fn gather(&self, index: usize, mask: u32, ask: impl Fn(PhysicalSource) -> bool) -> u32 {
        let set = self.bound(index, mask).filter(|&(_, physical)| ask(physical));
        set.fold(0, |word, (position, _)| word | bit(position))
    }

    /// As [`Self::set_pending`], of the source with this number.
    #[inline(never)]
    pub(super) fn set_pending_of(&mut self, number: u32, effects: &mut dyn Effects) {
        let Some(place) = self.source(number) else { return };
        let on = self.on;
        let Some(bank) = self.bank_mut(place.bank) else { return };
        let chosen = bit(place.position) & bank.active();
        if chosen & bank.bound != 0 {
            if let Some(physical) = bank.physical(place.position) {
                effects.physical_set_pending(physical);
            }
            return;
        }
        bank.pending |= chosen & (bank.rectified() | !bank.level());
        if on && bank.pending & bank.enabled & chosen != 0 {
            self.deliver(place.bank, effects);
        }
    }

    /// As [`Self::clear_pending`], of the source with this number.
    #[inline(never)]
    pub(super) fn clear_pending_of(&mut self, number: u32, effects: &mut dyn Effects) {
        let Some(place) = self.source(number) else { return };
        let Some(bank) = self.bank_mut(place.bank) else { return };
        let chosen = bit(place.position) & bank.active();
        bank.pending &= !chosen;
        if chosen & bank.bound != 0
            && let Some(physical) = bank.physical(place.position)
        {
            effects.physical_clear_pending(physical);
        }
    }

    /// A level-sensitive source only becomes pending while its input is high.
    #[inline(never)]
    pub(super) fn set_pending(&mut self, Sources { bank: index, mask }: Sources, effects: &mut dyn Effects) {
        let on = self.on;
        let Some(bank) = self.bank_mut(index) else { return };
        let chosen = mask & bank.active();
        bank.pending |= chosen & !bank.bound & (bank.rectified() | !bank.level());
        if chosen & bank.bound != 0 || on && bank.pending & bank.enabled != 0 {
            self.became_pending(index, chosen, effects);
        }
    }

    /// Has it take effect that sources were chosen to become pending.
    #[inline(never)]
    fn became_pending(&mut self, index: usize, chosen: u32, effects: &mut dyn Effects) {
        for (_, physical) in self.bound(index, chosen) {
            effects.physical_set_pending(physical);
        }
        self.deliver(index, effects);
    }

    #[inline(never)]
    pub(super) fn clear_pending(
        &mut self,
        Sources { bank: index, mask }: Sources,
        effects: &mut dyn Effects,
    ) {
        let Some(bank) = self.bank_mut(index) else { return };
        let chosen = mask & bank.active();
        bank.pending &= !chosen;
        if chosen & bank.bound != 0 {
            self.clear_physical(index, chosen, effects);
        }
    }

    #[inline(never)]
    fn clear_physical(&self, index: usize, chosen: u32, effects: &mut dyn Effects) {
        for (_, physical) in self.bound(index, chosen) {
            effects.physical_clear_pending(physical);
        }
    }
}
