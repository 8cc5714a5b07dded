//! genmsi and target (AIA 1.0, 4.5.15 and 4.5.16).

use ids::bits::bit;
use ids::{PhysicalSource, Place};

use crate::message::{Message, STORED};
use crate::ports::Effects;
use crate::vaplic::Vaplic;

impl Vaplic<'_> {
    /// Sends an MSI whatever domaincfg.IE says.
    #[inline(never)]
    pub(super) fn generate_message(&mut self, value: u32, effects: &mut dyn Effects) {
        self.extempore = value & STORED;
        if let Some(message) = Message::from_register(value, self.config.vcpus) {
            effects.send_extempore(message);
        }
    }

    /// Zero while the source is inactive.
    #[inline(never)]
    pub(super) fn read_target(&self, number: u32) -> u32 {
        let Some(place) = self.source(number) else { return 0 };
        let Some(bank) = self.bank(place.bank) else { return 0 };
        if bank.active() & bit(place.position) != 0 { bank.target(place.position) } else { 0 }
    }

    /// What is written to an inactive source shows once it is active, when anything may show.
    #[inline(never)]
    pub(super) fn write_target(&mut self, number: u32, value: u32, effects: &mut dyn Effects) {
        let Some(place) = self.source(number) else { return };
        let Some(bank) = self.bank_mut(place.bank) else { return };
        bank.set_target(place.position, value & STORED);
        let physical = bank.physical(place.position);
        let active = bank.active() & bit(place.position) != 0;
        if let (Some(physical), true) = (physical, active) {
            self.route(place, physical, effects);
        }
    }

    /// Has the physical source of an active source send what its target says.
    #[inline(never)]
    pub(super) fn route(&self, place: Place, physical: PhysicalSource, effects: &mut dyn Effects) {
        effects.physical_route(physical, self.message(place));
    }
}
