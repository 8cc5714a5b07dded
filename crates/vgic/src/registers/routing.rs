//! `GICD_IROUTER<n>` (IHI 0069, 12.9): the affinity of the vCPU that an SPI is signalled to.
//!
//! There is no 1-of-N delivery (GICD_TYPER.No1N), so Interrupt_Routing_Mode is always 0. An SPI that is routed to
//! an affinity that no vCPU has stays pending.

use super::table::{Interrupts, Place};
use crate::bank::BankId;
use crate::ids::{VcpuId, VirtualIntid, Width};
use crate::ports::Effects;
use crate::vgic::Vgic;

/// Aff2, Aff1 and Aff0 of the register.
const LOWER: u32 = 0x00ff_ffff;

impl Vgic<'_> {
    pub(super) fn read_route(&self, place: Place, at: Interrupts) -> u64 {
        if self.bank_by_call(at.bank).is_none() {
            return 0;
        }
        shown(self.route(at.bank.intid(at.first)), place)
    }

    pub(super) fn write_route(
        &mut self,
        by: VcpuId,
        place: Place,
        at: Interrupts,
        value: u64,
        effects: &mut dyn Effects,
    ) -> bool {
        if self.bank_by_call(at.bank).is_none() {
            return false;
        }
        let intid = at.bank.intid(at.first);
        let old = self.route(intid);
        self.reroute(at.bank, intid, written(old, place, value), effects);
        self.announce(by, at.bank, at.mask(), effects)
    }

    /// Routes an SPI to the vCPU with this affinity, and with it the physical interrupt that it is bound to. If no vCPU has
    /// the affinity, that one stays where it is.
    pub(super) fn reroute(
        &mut self,
        id: BankId,
        intid: VirtualIntid,
        affinity: u32,
        effects: &mut dyn Effects,
    ) {
        let changed = affinity != self.route(intid);
        self.set_route(intid, affinity);
        if let (true, Some(vcpu), Some(physical)) = (changed, self.target(id, intid), self.physical_of(intid))
        {
            effects.physical_route(physical, vcpu);
        }
    }
}

/// What an access reads of an affinity, Aff3.Aff2.Aff1.Aff0.
pub(crate) fn shown(affinity: u32, place: Place) -> u64 {
    let value = u64::from(affinity & LOWER) | u64::from(affinity >> 24) << 32;
    match place.width {
        Width::Double => value,
        _ if is_upper_half(place) => value >> 32,
        _ => value & u64::from(u32::MAX),
    }
}

/// What a write makes of an affinity.
pub(crate) fn written(old: u32, place: Place, value: u64) -> u32 {
    let lower = value as u32 & LOWER;
    match place.width {
        Width::Double => lower | ((value >> 32) as u32) << 24,
        _ if is_upper_half(place) => old & LOWER | (value as u32) << 24,
        _ => old & !LOWER | lower,
    }
}

fn is_upper_half(place: Place) -> bool {
    place.offset & 4 != 0
}
