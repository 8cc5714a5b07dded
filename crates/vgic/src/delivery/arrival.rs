//! A physical interrupt that the hypervisor has taken on behalf of a guest.

use ids::bits::bit;

use crate::bank::BankId;
use crate::ids::{PhysicalIntid, VcpuId};
use crate::lr::ListRegister;
use crate::ports::{Effects, ListRegisters};
use crate::vgic::Vgic;

/// Whether a physical interrupt belongs to the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It is the model's to deactivate, by the guest's end of it or through
    /// [`Effects::physical_deactivate`].
    Taken,
    /// No virtual interrupt is bound to it; the caller has to deactivate it.
    NotOwned,
}

impl Vgic<'_> {
    /// The hypervisor has acknowledged `physical` on the CPU of `by` and dropped its priority, so that it is
    /// active in the physical GIC. It is delivered with the hardware link: the guest's end of the virtual
    /// interrupt deactivates it.
    ///
    /// From here to the guest's acknowledge the device is a step ahead of the guest: a level that falls meanwhile
    /// is still signalled, and a second edge is kept by the physical GIC and comes after the first one's end.
    #[inline]
    pub fn physical_arrived(
        &mut self,
        by: VcpuId,
        physical: PhysicalIntid,
        lrs: &mut dyn ListRegisters,
        effects: &mut dyn Effects,
    ) -> Arrival {
        let Some(intid) = self.virtual_of(physical) else { return Arrival::NotOwned };
        let id = BankId::of(by, intid);
        let mine = bit(u32::from(intid.0 & 31));
        self.take_over(by, lrs, effects);
        let room = self.room(by, lrs, effects).map(u32::trailing_zeros).filter(|&index| index < u32::BITS);
        let groups = self.groups();
        let Some(bank) = self.bank_mut(id) else { return Arrival::NotOwned };
        bank.arrived |= mine;
        if bank.enabled & mine == 0 {
            // The guest has disabled it while it was on its way.
            self.give_back(id, mine, effects);
        } else if let Some(index) = room.filter(|_| bank.candidates(groups) & mine != 0)
            && self.target(id, intid) == Some(by)
        {
            self.load(by, index, intid, lrs);
            self.publish(by);
            let contents = self.redistributor(by).map(|found| found.loaded.get(index));
            self.write_down(by, physical, contents.unwrap_or(ListRegister::EMPTY));
        } else if self.announce(by, id, mine, effects) && self.is_running(by) {
            self.refill(by, lrs, effects);
        }
        Arrival::Taken
    }

    /// Lets go of arrived physical interrupts that the guest has disabled or made not pending: they must not
    /// stay active. A level stays with the physical GIC, which will tell again; an edge would be lost with it
    /// and is kept as a latch.
    pub(crate) fn give_back(&mut self, id: BankId, mask: u32, effects: &mut dyn Effects) {
        let Some(bank) = self.bank_mut(id) else { return };
        let arrived = bank.arrived & mask;
        bank.arrived &= !arrived;
        bank.latch |= arrived & bank.edge;
        self.for_each_bound(id, arrived, &mut |_, owner, physical| {
            effects.physical_deactivate(owner, physical)
        });
    }
}
