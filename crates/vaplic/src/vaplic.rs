//! The APLIC of a zone: where the state is, and its reset.

use ids::bits::ones;
use ids::{PhysicalSource, Place};

use crate::bank::Bank;
use crate::config::{Config, ConfigError};
use crate::message::Message;
use crate::ports::{Effects, Mode};

/// The APLIC of one zone. One lock a zone goes around it.
#[derive(Debug)]
pub struct Vaplic<'a> {
    pub(crate) config: Config,
    /// domaincfg.IE.
    pub(crate) on: bool,
    /// What genmsi reads as.
    pub(crate) extempore: u32,
    pub(crate) banks: &'a mut [Bank],
}

impl<'a> Vaplic<'a> {
    /// An APLIC in its state after reset, every wire low and nothing bound, with storage for its sources
    /// ([`Config::banks`] tells how much; further banks stay unused).
    ///
    /// # Errors
    /// The configuration is not one that an APLIC can have, or there are too few banks.
    pub fn new(config: Config, banks: &'a mut [Bank]) -> Result<Self, ConfigError> {
        config.check(banks.len())?;
        let banks = banks.get_mut(..Config::banks(config.sources)).unwrap_or_default();
        banks.fill(Bank::new());
        Ok(Self { config, on: false, extempore: 0, banks })
    }

    /// The zone starts afresh: the state after reset, and every bound source inactive, hence disabled. Wires stay as
    /// their devices drive them.
    pub fn reset(&mut self, effects: &mut dyn Effects) {
        self.on = false;
        self.extempore = 0;
        for bank in self.banks.iter_mut() {
            bank.reset();
            for physical in ones(bank.bound).filter_map(|position| bank.physical(position)) {
                effects.physical_mode(physical, Mode::Inactive);
            }
        }
    }

    /// The source with this number, if the zone has it.
    pub(crate) fn source(&self, number: u32) -> Option<Place> {
        // There are no more than sources have numbers.
        let exists = number.wrapping_sub(1) < u32::from(self.config.sources);
        exists.then_some(Place::of(number))
    }

    pub(crate) fn bank(&self, index: usize) -> Option<&Bank> {
        self.banks.get(index)
    }

    pub(crate) fn bank_mut(&mut self, index: usize) -> Option<&mut Bank> {
        self.banks.get_mut(index)
    }

    /// The physical sources that those of `mask` in a bank are bound to, with their positions.
    pub(crate) fn bound(&self, bank: usize, mask: u32) -> impl Iterator<Item = (u32, PhysicalSource)> + '_ {
        let bank = self.bank(bank);
        let mask = bank.map_or(0, |bank| mask & bank.bound);
        ones(mask).filter_map(move |position| Some((position, bank?.physical(position)?)))
    }

    /// The message that the MSIs of a source are; `None` if they go to nobody.
    pub(crate) fn message(&self, place: Place) -> Option<Message> {
        let target = self.bank(place.bank)?.target(place.position);
        Message::from_register(target, self.config.vcpus)
    }
}
