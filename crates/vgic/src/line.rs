//! The interrupt lines of virtual devices.

use ids::bits::{bit, merge};

use crate::bank::BankId;
use crate::ids::{VcpuId, VirtualIntid};
use crate::ports::Effects;
use crate::vgic::Vgic;

impl Vgic<'_> {
    /// A virtual device drives the line of an SPI up or down. May be called on any CPU; the vCPU that has to
    /// look at its list registers because of it is kicked. Private and unknown interrupts have no line.
    pub fn set_line(&mut self, intid: VirtualIntid, level: bool, effects: &mut dyn Effects) {
        if intid.is_private() {
            return;
        }
        let id = BankId::of(VcpuId::FIRST, intid);
        let mine = bit(u32::from(intid.0 & 31));
        let Some(bank) = self.bank_mut(id) else { return };
        if level == (bank.line & mine != 0) {
            return;
        }
        merge(&mut bank.line, mine, if level { mine } else { 0 });
        if level {
            bank.latch |= bank.edge & mine;
        }
        let resident = bank.resident & mine != 0;
        let whose = if resident {
            Some(self.holder(id, intid))
        } else if level && bank_is_due(self, id, mine) {
            self.target(id, intid)
        } else {
            None
        };
        self.note(id);
        if let Some(vcpu) = whose {
            effects.kick(vcpu);
        }
    }
}

fn bank_is_due(vgic: &Vgic<'_>, id: BankId, mine: u32) -> bool {
    vgic.bank(id).is_some_and(|bank| bank.candidates(vgic.groups()) & mine != 0)
}
