//! sourcecfg (AIA 1.0, 4.5.2).

use ids::bits::bit;

use crate::ports::Effects;
use crate::vaplic::Vaplic;
use ids::Place;

/// D: delegate to a child domain.
const DELEGATE: u32 = 1 << 10;
/// SM: the source mode.
const SOURCE_MODE: u32 = 7;
/// The first of the level-sensitive modes.
const LEVEL: u32 = 6;

impl Vaplic<'_> {
    #[inline(never)]
    pub(super) fn read_source_config(&self, number: u32) -> u32 {
        let Some(place) = self.source(number) else { return 0 };
        self.bank(place.bank).map_or(0, |bank| bank.source_mode(place.position))
    }

    /// A leaf domain has no child to delegate to: trying to makes the whole register zero.
    #[inline(never)]
    pub(super) fn write_source_config(&mut self, number: u32, value: u32, effects: &mut dyn Effects) {
        if value & DELEGATE != 0 {
            return self.delegate(number, effects);
        }
        let mode = value & SOURCE_MODE;
        let Some(place) = self.source(number) else { return };
        let Some(bank) = self.bank_mut(place.bank) else { return };
        let mine = bit(place.position);
        if bank.bound & mine != 0 {
            return self.configure_physical(place, mode, effects);
        }
        bank.set_source_mode(place.position, mode);
        // Any write may make a source with a high input pending; this is also the only way to see an input that was
        // high before. Level-sensitive and low, or inactive, it is never pending (4.7).
        if bank.rectified() & mine != 0 {
            bank.pending |= mine;
            self.deliver(place.bank, effects);
        } else if mode >= LEVEL {
            bank.pending &= !mine;
        } else if mode == 0 {
            bank.pending &= !mine;
            bank.enabled &= !mine;
        }
    }

    #[cold]
    #[inline(never)]
    fn delegate(&mut self, number: u32, effects: &mut dyn Effects) {
        self.write_source_config(number, 0, effects);
    }

    /// The same for a bound source. An inactive source has no target: one that becomes active needs it anew, before it
    /// can be enabled.
    #[inline(never)]
    fn configure_physical(&mut self, place: Place, value: u32, effects: &mut dyn Effects) {
        let Some(bank) = self.bank_mut(place.bank) else { return };
        let was_active = bank.active() & bit(place.position) != 0;
        bank.set_source_mode(place.position, value);
        bank.enabled &= bank.active();
        let mode = bank.mode(place.position);
        if let Some(physical) = bank.physical(place.position) {
            effects.physical_mode(physical, mode);
            if value != 0 && !was_active {
                self.route(place, physical, effects);
            }
        }
    }
}
