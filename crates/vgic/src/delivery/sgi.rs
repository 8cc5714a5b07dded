//! The SGIs of a GICv2 in list registers. A list register has room for one sender: the others wait in the model, and the
//! end of the SGI raises a maintenance interrupt that brings the next one in.
//!
//! All of it is kept apart (`cold`) from what every interrupt goes through, also those of a GICv3.

use ids::bits::bit;

use crate::bank::{Bank, BankId};
use crate::ids::VcpuId;
use crate::lr::ListRegister;
use crate::senders::sender_bit;
use crate::vgic::Vgic;

use super::encode::Encoded;

impl Vgic<'_> {
    /// An SGI goes into a list register, encoded as if it had no senders: adds the sender. If it is pending, that is the
    /// first one, whose SGI is in the model no more. If it is active as well, it stays pending in the model, since that may
    /// be from another sender than the active one.
    #[cold]
    #[inline(never)]
    pub(super) fn take_sgi(&mut self, vcpu: VcpuId, encoded: Encoded) -> Encoded {
        let contents = encoded.contents;
        let sgi = u32::from(contents.intid().0);
        let Some(senders) = self.senders_mut(vcpu) else { return encoded };
        let is_active = contents.is_active();
        let (sender, more) = if is_active {
            (senders.active(sgi), senders.pending(sgi) != 0)
        } else {
            let first = senders.first(sgi);
            (first, senders.remove(sgi, sender_bit(first)))
        };
        if more && let Some(bank) = self.bank_mut(BankId::Private(vcpu)) {
            bank.latch |= bit(sgi);
        }
        let contents = contents.with_sender(sender, more).with_state(!is_active, is_active);
        Encoded { contents, carries_latch: !is_active }
    }

    /// An SGI is taken back from a list register where it was pending: acknowledged, and active from now on, or not, and
    /// pending in the model again. Its latch is the caller's to set. Returns its bank.
    #[cold]
    #[inline(never)]
    pub(super) fn settle_sgi(
        &mut self,
        vcpu: VcpuId,
        contents: ListRegister,
        acknowledged: bool,
    ) -> Option<&mut Bank> {
        let (sgi, sender) = (u32::from(contents.intid().0), contents.sender());
        let senders = self.senders_mut(vcpu)?;
        if acknowledged {
            senders.set_active(sgi, sender);
        } else {
            senders.add(sgi, sender_bit(sender));
        }
        self.bank_mut(BankId::Private(vcpu))
    }
}
