//! setie, setienum, clrie and clrienum (AIA 1.0, 4.5.9 to 4.5.12).

use super::dispatch::Sources;
use crate::ports::Effects;
use crate::vaplic::Vaplic;

impl Vaplic<'_> {
    pub(super) fn enable(&mut self, sources: Option<Sources>, effects: &mut dyn Effects) {
        let Some(Sources { bank: index, mask }) = sources else { return };
        let Some(bank) = self.bank_mut(index) else { return };
        let new = mask & bank.active() & !bank.enabled;
        bank.enabled |= new;
        self.enable_physical(index, new, true, effects);
        self.deliver(index, effects);
    }

    pub(super) fn disable(&mut self, sources: Option<Sources>, effects: &mut dyn Effects) {
        let Some(Sources { bank: index, mask }) = sources else { return };
        let Some(bank) = self.bank_mut(index) else { return };
        let gone = mask & bank.enabled;
        bank.enabled &= !gone;
        self.enable_physical(index, gone, false, effects);
    }

    /// While domaincfg.IE is clear, every bound source is disabled already.
    fn enable_physical(&self, index: usize, mask: u32, enable: bool, effects: &mut dyn Effects) {
        if self.on {
            for (_, physical) in self.bound(index, mask) {
                effects.physical_enable(physical, enable);
            }
        }
    }
}
