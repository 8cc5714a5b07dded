//! The PLIC of a zone: where the state is.

use ids::bits::{bit, ones};
use ids::{Place, VcpuId, VcpuSet};

use crate::bank::Bank;
use crate::config::{Config, ConfigError};
use crate::context::Context;
use crate::ports::Effects;

/// A PLIC for one zone. One lock a zone goes around it.
#[derive(Debug)]
pub struct Vplic<'a> {
    pub(crate) config: Config,
    pub(crate) banks: &'a mut [Bank],
    pub(crate) contexts: &'a mut [Context],
    /// The external interrupt of each vCPU, as [`Effects::line`] was last told.
    pub(crate) lines: VcpuSet,
}

impl<'a> Vplic<'a> {
    /// A PLIC in its reset state, with [`Config::banks`] banks and one context for each vCPU (further ones stay
    /// unused). Nothing is bound, all wires and lines are low.
    ///
    /// # Errors
    /// The configuration is not one that a PLIC can have, or there are too few banks or contexts.
    pub fn new(
        config: Config,
        banks: &'a mut [Bank],
        contexts: &'a mut [Context],
    ) -> Result<Self, ConfigError> {
        config.check(banks.len(), contexts.len())?;
        let banks = banks.get_mut(..Config::banks(config.sources)).unwrap_or_default();
        let contexts = contexts.get_mut(..usize::from(config.vcpus)).unwrap_or_default();
        banks.fill(Bank::new());
        contexts.fill(Context::new());
        Ok(Self { config, banks, contexts, lines: VcpuSet::EMPTY })
    }

    /// Back to the state after reset: all priorities, enables and thresholds 0. Physical sources that the zone has not
    /// completed are completed; virtual sources whose wires are high are pending.
    pub fn reset(&mut self, effects: &mut dyn Effects) {
        self.contexts.fill(Context::new());
        for bank in self.banks.iter_mut() {
            let held = (bank.pending | bank.claimed) & bank.bound;
            bank.reset();
            ones(held).filter_map(|position| bank.physical(position)).for_each(|it| effects.complete(it));
        }
        self.vcpus().for_each(|vcpu| self.refresh(vcpu, effects));
    }

    /// Whether the external interrupt of the vCPU is pending: some source that its context has enabled is pending with
    /// a priority above the context's threshold (PLIC 1.0, chapters 7 and 8). False for a vCPU that is not there.
    pub fn line(&self, vcpu: VcpuId) -> bool {
        self.lines.contains(vcpu)
    }

    /// The zone's vCPUs.
    pub(crate) fn vcpus(&self) -> impl Iterator<Item = VcpuId> + use<> {
        VcpuSet::first(self.config.vcpus.into()).iter()
    }

    /// The place of the source with this number, if it is there.
    pub(crate) fn place(&self, number: u32) -> Option<Place> {
        (number != 0 && number <= u32::from(self.config.sources)).then_some(Place::of(number))
    }

    /// The sources of a bank that are there.
    pub(crate) fn existing(&self, bank: usize) -> u32 {
        let last = Place::of(u32::from(self.config.sources));
        let up_to_last = bit(last.position) | bit(last.position).wrapping_sub(1);
        let there = if bank < last.bank {
            u32::MAX
        } else if bank == last.bank {
            up_to_last
        } else {
            0
        };
        if bank == 0 { there & !1 } else { there }
    }

    pub(crate) fn bank(&self, place: Place) -> Option<&Bank> {
        self.banks.get(place.bank)
    }

    pub(crate) fn bank_mut(&mut self, place: Place) -> Option<&mut Bank> {
        self.banks.get_mut(place.bank)
    }

    pub(crate) fn context(&self, vcpu: VcpuId) -> Option<&Context> {
        self.contexts.get(vcpu.index())
    }

    pub(crate) fn context_mut(&mut self, vcpu: VcpuId) -> Option<&mut Context> {
        self.contexts.get_mut(vcpu.index())
    }
}
