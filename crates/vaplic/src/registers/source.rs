//! sourcecfg (AIA 1.0, 4.5.2).

use ids::PhysicalSource;
use ids::bits::bit;

use crate::bank::Place;
use crate::ports::{Effects, Mode};
use crate::vaplic::Vaplic;

/// D: delegate to a child domain.
const DELEGATE: u32 = 1 << 10;
/// SM: the source mode.
const SOURCE_MODE: u32 = 7;

impl Vaplic<'_> {
    #[inline(never)]
    pub(super) fn read_source_config(&self, number: u32) -> u32 {
        let Some(place) = self.source(number) else { return 0 };
        self.bank(place.bank).map_or(0, |bank| bank.source_mode(place.position))
    }

    /// A leaf domain has no child to delegate to: trying to makes the whole register zero.
    #[inline(never)]
    pub(super) fn write_source_config(&mut self, number: u32, value: u32, effects: &mut dyn Effects) {
        let Some(place) = self.source(number) else { return };
        let Some(bank) = self.bank_mut(place.bank) else { return };
        let mine = bit(place.position);
        let was_active = bank.active() & mine != 0;
        bank.set_source_mode(place.position, if value & DELEGATE != 0 { 0 } else { value & SOURCE_MODE });
        let is_active = bank.active() & mine != 0;
        bank.enabled &= bank.active();
        if let Some(physical) = bank.physical(place.position) {
            return self.configure_physical(place, physical, is_active && !was_active, effects);
        }
        // Any write may make a source with a high input pending; this is also the only way to see an input that was
        // high before. Level-sensitive and low, or inactive, it is never pending (4.7).
        let high = bank.rectified();
        bank.pending |= high & mine;
        bank.pending &= bank.active() & (high | !bank.level());
        self.deliver(place.bank, effects);
    }

    /// Passes the mode of a bound source on. An inactive source has no target: one that becomes active needs it anew,
    /// before it can be enabled.
    #[inline(never)]
    fn configure_physical(
        &self,
        place: Place,
        physical: PhysicalSource,
        becomes_active: bool,
        effects: &mut dyn Effects,
    ) {
        let mode = self.bank(place.bank).map_or(Mode::Inactive, |bank| bank.mode(place.position));
        effects.physical_mode(physical, mode);
        if becomes_active {
            self.route(place, physical, effects);
        }
    }
}
