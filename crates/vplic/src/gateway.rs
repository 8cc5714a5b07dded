//! How sources become pending, are claimed and completed (PLIC 1.0, chapter 1, "Interrupt Gateways", chapters 8 and 9).

use ids::bits::{assign, bit};
use ids::{VcpuId, VirtualSource};

use crate::ports::Effects;
use crate::vplic::Vplic;

impl Vplic<'_> {
    /// A virtual device drives the wire of a source high or low. Sources that are bound or do not exist ignore it.
    ///
    /// A source whose wire is high becomes pending once its gateway is open. It stays pending when the wire goes low.
    pub fn set_wire(&mut self, source: VirtualSource, level: bool, effects: &mut dyn Effects) {
        let Some(place) = self.place(source.number()) else { return };
        let mine = bit(place.position);
        let Some(bank) = self.bank_mut(place).filter(|bank| bank.bound & mine == 0) else { return };
        assign(&mut bank.wires, mine, level);
        if level && (bank.claimed | bank.pending) & mine == 0 {
            bank.pending |= mine;
            self.refresh_for(place, effects);
        }
    }

    /// Something that is over at once has happened at a source: it becomes pending, or, if it is claimed, will be once that
    /// is completed. Several before its claim are one, as at an edge-sensitive gateway. Sources that are bound or do not
    /// exist ignore it.
    pub fn pulse(&mut self, source: VirtualSource, effects: &mut dyn Effects) {
        let Some(place) = self.place(source.number()) else { return };
        let mine = bit(place.position);
        let Some(bank) = self.bank_mut(place).filter(|bank| bank.bound & mine == 0) else { return };
        if bank.claimed & mine != 0 {
            bank.pulses |= mine;
        } else if bank.pending & mine == 0 {
            bank.pending |= mine;
            self.refresh_for(place, effects);
        }
    }

    /// The hypervisor has claimed the physical source that this one is bound to: it becomes pending.
    ///
    /// True: the zone has it now, and [`Effects::complete`] will follow. False, and nothing has changed: it is not a
    /// bound source, or has been raised before and not been completed since, which a physical PLIC does not do.
    pub fn raise(&mut self, source: VirtualSource, effects: &mut dyn Effects) -> bool {
        let Some(place) = self.place(source.number()) else { return false };
        let mine = bit(place.position);
        let Some(bank) = self.bank_mut(place) else { return false };
        if bank.bound & !bank.pending & !bank.claimed & mine == 0 {
            return false;
        }
        bank.pending |= mine;
        self.refresh_for(place, effects);
        true
    }

    /// Takes the best pending source from the PLIC: its number, or 0 where there is none.
    pub(crate) fn claim(&mut self, vcpu: VcpuId, effects: &mut dyn Effects) -> u32 {
        let Some(place) = self.best(vcpu) else { return 0 };
        let mine = bit(place.position);
        if let Some(bank) = self.bank_mut(place) {
            bank.pending &= !mine;
            bank.claimed |= mine;
        }
        self.refresh_for(place, effects);
        place.number()
    }

    /// Opens the gateway of source `number` again. Ignored unless the context has it enabled and it is claimed, by
    /// whomever.
    pub(crate) fn complete(&mut self, vcpu: VcpuId, number: u32, effects: &mut dyn Effects) {
        let Some(place) = self.place(number).filter(|place| self.is_enabled(vcpu, *place)) else { return };
        let mine = bit(place.position);
        let Some(bank) = self.bank_mut(place).filter(|bank| bank.claimed & mine != 0) else { return };
        bank.claimed &= !mine;
        if let Some(physical) = bank.physical(place.position) {
            effects.complete(physical);
        } else if (bank.wires | bank.pulses) & mine != 0 {
            bank.pulses &= !mine;
            bank.pending |= mine;
            self.refresh_for(place, effects);
        }
    }
}
