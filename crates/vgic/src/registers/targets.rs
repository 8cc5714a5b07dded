//! `GICD_ITARGETSR<n>` of a GICv2 (IHI 0048B, 4.3.12): 8 bits each, one for each vCPU that an SPI is for.
//!
//! Of several the one with the lowest number gets the SPI, always: the architecture has the GIC choose which one handles
//! it (1-N model, 1.4.3), and software that names several must be ready for any. An SPI with no target stays pending.
//! With one vCPU the registers read as zero, and every SPI is for it.

use ids::bits::{bit, ones};

use super::table::Interrupts;
use crate::bank::BankId;
use crate::config::Version;
use crate::ids::{NOBODY, VcpuId, VirtualIntid, affinity};
use crate::ports::Effects;
use crate::vgic::Vgic;

impl Vgic<'_> {
    /// The vCPUs as these registers have them. With one vCPU there is nothing to choose.
    fn choosable_targets(&self) -> u8 {
        if self.config.vcpus > 1 { self.zone().bits() as u8 } else { 0 }
    }

    /// Private interrupts are for the vCPU that asks.
    pub(super) fn read_targets(&self, at: Interrupts) -> u32 {
        let choosable = self.choosable_targets();
        let mut bytes = [0; 4];
        for (byte, position) in bytes.iter_mut().take(at.count as usize).zip(at.first..) {
            *byte = choosable
                & match at.bank {
                    BankId::Private(vcpu) => bit(vcpu.index() as u32) as u8,
                    BankId::Shared(_) => self.targets(at.bank.intid(position)),
                };
        }
        u32::from_le_bytes(bytes)
    }

    pub(super) fn write_targets(
        &mut self,
        by: VcpuId,
        at: Interrupts,
        value: u32,
        effects: &mut impl Effects,
    ) -> bool {
        let choosable = self.choosable_targets();
        if choosable == 0 || matches!(at.bank, BankId::Private(_)) || self.bank(at.bank).is_none() {
            return false;
        }
        for (byte, position) in value.to_le_bytes().into_iter().take(at.count as usize).zip(at.first..) {
            let intid = at.bank.intid(position);
            let old = self.route(intid);
            self.set_targets(intid, byte & choosable);
            self.set_route(intid, first_of(byte & choosable));
            if let Some(vcpu) = self.target(at.bank, intid)
                && self.route(intid) != old
            {
                self.for_each_bound(at.bank, bit(position), |_, _, physical| {
                    effects.physical_route(physical, vcpu);
                });
            }
        }
        self.announce(by, at.bank, at.mask(), effects)
    }

    /// The reset state of an SPI's routing.
    pub(crate) fn reset_route(&mut self, intid: VirtualIntid) {
        let to_nobody = self.config.version == Version::V2 && self.config.vcpus > 1;
        self.set_targets(intid, 0);
        self.set_route(intid, if to_nobody { NOBODY } else { affinity(VcpuId::FIRST) });
    }
}

/// The affinity of the first vCPU in a target field.
fn first_of(targets: u8) -> u32 {
    ones(u32::from(targets)).next().and_then(|first| VcpuId::new(first as usize)).map_or(NOBODY, affinity)
}
