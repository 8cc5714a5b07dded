//! The wires of virtual devices.

use ids::VirtualSource;
use ids::bits::{bit, merge};

use crate::ports::Effects;
use crate::vaplic::Vaplic;

impl Vaplic<'_> {
    /// A virtual device drives the wire of a source high or low. Nothing comes of it for sources that do not exist or
    /// are bound: the wire of a bound one is at the physical APLIC.
    ///
    /// A rectified input that goes high makes the source pending; one that goes low takes that away from a
    /// level-sensitive source (AIA 1.0, 4.7).
    pub fn set_wire(&mut self, source: VirtualSource, level: bool, effects: &mut dyn Effects) {
        let Some(place) = self.source(source.number()) else { return };
        let mine = bit(place.position);
        let Some(bank) = self.bank_mut(place.bank) else { return };
        let before = bank.rectified();
        merge(&mut bank.wires, mine, if level { mine } else { 0 });
        let after = bank.rectified();
        bank.pending |= after & !before;
        bank.pending &= !(before & !after & bank.level());
        self.deliver(place.bank, effects);
    }
}
