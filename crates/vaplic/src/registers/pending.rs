//! setip, setipnum, setipnum_le, setipnum_be, in_clrip and clripnum (AIA 1.0, 4.5.5 to 4.5.8, 4.5.13, 4.5.14), with
//! the effects of 4.7.

use ids::PhysicalSource;
use ids::bits::bit;

use super::dispatch::Sources;
use crate::ports::{Effects, PhysicalState};
use crate::vaplic::Vaplic;

impl Vaplic<'_> {
    pub(super) fn read_pending(&self, index: usize, physical: &dyn PhysicalState) -> u32 {
        let Some(bank) = self.bank(index) else { return 0 };
        bank.pending | self.gather(index, bank.active(), |source| physical.is_pending(source))
    }

    /// The rectified inputs.
    pub(super) fn read_inputs(&self, index: usize, physical: &dyn PhysicalState) -> u32 {
        let Some(bank) = self.bank(index) else { return 0 };
        bank.rectified() | self.gather(index, bank.wired(), |source| physical.input(source))
    }

    /// A word of what the physical APLIC says of the bound sources of `mask`.
    fn gather(&self, index: usize, mask: u32, ask: impl Fn(PhysicalSource) -> bool) -> u32 {
        let set = self.bound(index, mask).filter(|&(_, physical)| ask(physical));
        set.fold(0, |word, (position, _)| word | bit(position))
    }

    /// A level-sensitive source only becomes pending while its input is high.
    pub(super) fn set_pending(&mut self, sources: Option<Sources>, effects: &mut dyn Effects) {
        let Some(Sources { bank: index, mask }) = sources else { return };
        let Some(bank) = self.bank_mut(index) else { return };
        let chosen = mask & bank.active();
        bank.pending |= chosen & !bank.bound & (bank.rectified() | !bank.level());
        for (_, physical) in self.bound(index, chosen) {
            effects.physical_set_pending(physical);
        }
        self.deliver(index, effects);
    }

    pub(super) fn clear_pending(&mut self, sources: Option<Sources>, effects: &mut dyn Effects) {
        let Some(Sources { bank: index, mask }) = sources else { return };
        let Some(bank) = self.bank_mut(index) else { return };
        let chosen = mask & bank.active();
        bank.pending &= !chosen;
        for (_, physical) in self.bound(index, chosen) {
            effects.physical_clear_pending(physical);
        }
    }
}
