//! What a list register has to say about an interrupt.

use ids::bits::bit;

use crate::bank::BankId;
use crate::ids::{VcpuId, VirtualIntid};
use crate::lr::{End, ListRegister};
use crate::vgic::Vgic;

/// The contents for a list register, and whether they carry the interrupt's latch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Encoded {
    pub(super) contents: ListRegister,
    pub(super) carries_latch: bool,
}

impl Vgic<'_> {
    /// How the interrupt looks in a list register of `vcpu`; `None` if it has no business there: neither active
    /// nor pending for this vCPU.
    ///
    /// Pending and active at once is only told for a latch (IHI 0069, 12.4 forbids it for hardware interrupts).
    /// Where an active interrupt will be pending again by other means, its end raises a maintenance interrupt
    /// instead; so it does in a crowd, where something that comes before it may have been left out.
    pub(super) fn encode(&self, vcpu: VcpuId, intid: VirtualIntid, crowd: bool) -> Option<Encoded> {
        let id = BankId::of(vcpu, intid);
        let bank = self.bank(id)?;
        let position = u32::from(intid.0 & 31);
        let mine = bit(position);
        let forwarded = bank.forwarded(self.groups()) & mine != 0;
        let here = forwarded && self.target(id, intid) == Some(vcpu);
        let latched = bank.latch & mine != 0;
        let arrived = bank.arrived & mine != 0;
        let line = bank.line & !bank.edge & mine != 0;
        let linked = bank.linked & mine != 0;

        let (end, pending, active) = if bank.active & mine != 0 {
            let again = forwarded && (latched || arrived || line);
            match self.physical_of(intid) {
                Some(physical) if linked && !again => (End::Deactivates(physical), false, true),
                _ if linked => (End::Maintenance, false, true),
                _ if arrived || line || !here || crowd => {
                    let end = if again { End::Maintenance } else { End::Silent };
                    (end, here && latched && !arrived && !crowd, true)
                }
                _ => (End::Silent, latched, true),
            }
        } else if here && (latched || arrived || line) {
            match self.physical_of(intid) {
                Some(physical) if arrived => (End::Deactivates(physical), true, false),
                _ if line => (End::Maintenance, true, false),
                _ => (End::Silent, true, false),
            }
        } else {
            return None;
        };
        let group_one = bank.group & mine != 0;
        let contents =
            ListRegister::new(intid, bank.priority(position), group_one, end).with_state(pending, active);
        Some(Encoded { contents, carries_latch: pending && latched })
    }
}
