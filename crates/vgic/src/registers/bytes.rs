//! The registers of a GICv2 with 8 bits for each interrupt, each of which stands for a vCPU: targets of SPIs, senders of
//! SGIs.

use super::table::{Interrupts, Kind};
use crate::bank::BankId;
use crate::ids::VcpuId;
use crate::ports::Effects;
use crate::vgic::Vgic;

impl Vgic<'_> {
    pub(super) fn read_bytes(&self, kind: Kind, at: Interrupts) -> u32 {
        (0..at.count).fold(0, |word, index| {
            let position = at.first | index;
            let byte = match (kind, at.bank) {
                (Kind::Targets, id) => self.read_targets(id, position),
                (_, BankId::Private(vcpu)) => self.senders(vcpu).map_or(0, |found| found.pending(position)),
                _ => 0,
            };
            word | u32::from(byte).wrapping_shl(index << 3)
        })
    }

    /// Bits of vCPUs that the zone does not have are ignored.
    pub(super) fn write_bytes(
        &mut self,
        by: VcpuId,
        kind: Kind,
        at: Interrupts,
        value: u32,
        effects: &mut dyn Effects,
    ) -> bool {
        let zone = self.zone().bits() as u8;
        for index in 0..at.count {
            let position = at.first | index;
            let vcpus = value.wrapping_shr(index << 3) as u8 & zone;
            match (kind, at.bank) {
                (Kind::Targets, id @ BankId::Shared(_)) => self.write_targets(id, position, vcpus, effects),
                (Kind::SetSenders, BankId::Private(vcpu)) => {
                    self.add_senders(vcpu, position, vcpus);
                }
                (Kind::ClearSenders, BankId::Private(vcpu)) => self.remove_senders(vcpu, position, vcpus),
                _ => {}
            }
        }
        self.announce(by, at.bank, at.mask(), effects)
    }
}
