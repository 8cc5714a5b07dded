//! setie, setienum, clrie and clrienum (AIA 1.0, 4.5.9 to 4.5.12).

use super::dispatch::Sources;
use crate::ports::Effects;
use crate::vaplic::Vaplic;

impl Vaplic<'_> {
    #[inline(never)]
    pub(super) fn read_enabled(&self, index: usize) -> u32 {
        self.bank(index).map_or(0, |bank| bank.enabled)
    }

    #[inline(never)]
    pub(super) fn enable_number(&mut self, number: u32, effects: &mut dyn Effects) {
        if let Some(place) = self.source(number) {
            self.enable(place.into(), effects);
        }
    }

    #[inline(never)]
    pub(super) fn disable_number(&mut self, number: u32, effects: &mut dyn Effects) {
        if let Some(place) = self.source(number) {
            self.disable(place.into(), effects);
        }
    }

    #[inline(never)]
    pub(super) fn enable(&mut self, Sources { bank: index, mask }: Sources, effects: &mut dyn Effects) {
        let on = self.on;
        let Some(bank) = self.bank_mut(index) else { return };
        let new = mask & bank.active() & !bank.enabled;
        bank.enabled |= new;
        if !on || new & (bank.bound | bank.pending) == 0 {
            return;
        }
        self.enabled(index, new, effects);
    }

    /// Has the enabling of sources take effect.
    #[inline(never)]
    fn enabled(&mut self, index: usize, new: u32, effects: &mut dyn Effects) {
        self.enable_physical(index, new, true, effects);
        self.deliver(index, effects);
    }

    #[inline(never)]
    pub(super) fn disable(&mut self, Sources { bank: index, mask }: Sources, effects: &mut dyn Effects) {
        let on = self.on;
        let Some(bank) = self.bank_mut(index) else { return };
        let gone = mask & bank.enabled;
        bank.enabled &= !gone;
        if on && gone & bank.bound != 0 {
            self.enable_physical(index, gone, false, effects);
        }
    }

    /// While domaincfg.IE is clear, every bound source is disabled already.
    #[inline(never)]
    fn enable_physical(&self, index: usize, mask: u32, enable: bool, effects: &mut dyn Effects) {
        for (_, physical) in self.bound(index, mask) {
            effects.physical_enable(physical, enable);
        }
    }
}
