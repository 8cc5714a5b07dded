//! `GICD_ITARGETSR<n>` of a GICv2 (IHI 0048B, 4.3.12): 8 bits each, one for each vCPU that an SPI is for.
//!
//! Of several the one with the lowest number gets the SPI, always: the architecture has the GIC choose which one handles
//! it (1-N model, 1.4.3), and software that names several must be ready for any. An SPI with no target stays pending.
//! With one vCPU the registers read as zero, and every SPI is for it.

use ids::bits::{bit, ones};

use crate::bank::BankId;
use crate::config::Version;
use crate::ids::{NOBODY, VcpuId, VirtualIntid, affinity};
use crate::ports::Effects;
use crate::vgic::Vgic;

impl Vgic<'_> {
    /// The targets of an interrupt. One that is private is for the vCPU that asks.
    pub(super) fn read_targets(&self, id: BankId, position: u32) -> u8 {
        match id {
            _ if self.config.vcpus == 1 => 0,
            BankId::Private(vcpu) => bit(vcpu.index() as u32) as u8,
            BankId::Shared(_) => self.targets(id.intid(position)),
        }
    }

    /// Makes an SPI one for `targets`, all of which the zone has.
    pub(super) fn write_targets(
        &mut self,
        id: BankId,
        position: u32,
        targets: u8,
        effects: &mut dyn Effects,
    ) {
        if self.config.vcpus == 1 {
            return;
        }
        let intid = id.intid(position);
        self.set_targets(intid, targets);
        let first = ones(u32::from(targets)).next().and_then(|first| VcpuId::new(first as usize));
        self.reroute(id, intid, first.map_or(NOBODY, affinity), effects);
    }

    /// The reset state of an SPI's routing.
    pub(crate) fn reset_route(&mut self, intid: VirtualIntid) {
        let to_nobody = self.config.version == Version::V2 && self.config.vcpus > 1;
        self.set_targets(intid, 0);
        self.set_route(intid, if to_nobody { NOBODY } else { affinity(VcpuId::FIRST) });
    }
}
