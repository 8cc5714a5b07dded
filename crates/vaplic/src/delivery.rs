//! Sending MSIs (AIA 1.0, 4.9): a source that is pending and enabled sends one while domaincfg.IE is set, and is no
//! longer pending.

use ids::bits::ones;

use crate::ports::Effects;
use crate::vaplic::Vaplic;
use ids::Place;

impl Vaplic<'_> {
    /// After a change to virtual sources of a bank: sends what is due, lowest source first.
    #[inline]
    pub(crate) fn deliver(&mut self, bank: usize, effects: &mut dyn Effects) {
        if self.on && self.bank(bank).is_some_and(|bank| bank.pending & bank.enabled != 0) {
            self.send_due(bank, effects);
        }
    }

    #[inline(never)]
    fn send_due(&mut self, bank: usize, effects: &mut dyn Effects) {
        let Some(found) = self.bank_mut(bank) else { return };
        let due = found.pending & found.enabled;
        found.pending &= !due;
        for message in ones(due).filter_map(|position| self.message(Place { bank, position })) {
            effects.send(message);
        }
    }
}
