//! The SGIs of a GICv2 in list registers. A list register has room for one sender: the others wait in the model, and the
//! end of the SGI raises a maintenance interrupt that brings the next one in.

use ids::bits::bit;

use crate::bank::Bank;
use crate::ids::VcpuId;
use crate::lr::{End, ListRegister};
use crate::senders::{Senders, sender_bit};
use crate::vgic::Vgic;

impl Vgic<'_> {
    /// What a list register says of an SGI that is pending: its first sender, and whether there are others.
    pub(super) fn end_of_next_sgi(&self, vcpu: VcpuId, sgi: u32) -> End {
        self.senders_of(vcpu).map_or(End::Silent, |senders| {
            let sender = senders.first(sgi);
            End::Sgi { sender, maintenance: senders.pending(sgi) != sender_bit(sender) }
        })
    }

    /// What a list register says of an SGI that is active, and whether it will be pending `again` after.
    pub(super) fn end_of_active_sgi(&self, vcpu: VcpuId, sgi: u32, again: bool) -> End {
        self.senders_of(vcpu)
            .map_or(End::Silent, |senders| End::Sgi { sender: senders.active(sgi), maintenance: again })
    }

    /// An SGI goes from the model into a list register.
    pub(super) fn take_sgi(&mut self, vcpu: VcpuId, contents: ListRegister) {
        let sgi = u32::from(contents.intid().0);
        let Some(redistributor) = self.redistributor(vcpu) else { return };
        if redistributor.senders.remove(sgi, sender_bit(contents.sender())) {
            redistributor.bank.latch |= bit(sgi);
        }
    }

    /// An SGI comes back from a list register unacknowledged. Its latch is the caller's to set. Returns its bank.
    pub(super) fn return_sgi(&mut self, vcpu: VcpuId, contents: ListRegister) -> Option<&mut Bank> {
        let redistributor = self.redistributor(vcpu)?;
        redistributor.senders.add(u32::from(contents.intid().0), sender_bit(contents.sender()));
        Some(&mut redistributor.bank)
    }

    /// The guest has acknowledged an SGI in a list register. Returns its bank.
    pub(super) fn acknowledge_sgi(&mut self, vcpu: VcpuId, contents: ListRegister) -> Option<&mut Bank> {
        let redistributor = self.redistributor(vcpu)?;
        redistributor.senders.set_active(u32::from(contents.intid().0), contents.sender());
        Some(&mut redistributor.bank)
    }

    fn senders_of(&self, vcpu: VcpuId) -> Option<&Senders> {
        self.redistributors.get(vcpu.index()).map(|found| &found.senders)
    }
}
