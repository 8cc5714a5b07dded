//! Software-generated interrupts of a GICv3: ICC_SGI1R_EL1, ICC_ASGI1R_EL1 and ICC_SGI0R_EL1 (IHI 0069, 12.2), whose
//! writes trap.

use ids::bits::{bit, ones};

use crate::bank::BankId;
use crate::ids::{VcpuId, VcpuSet, from_affinity};
use crate::ports::{Effects, ListRegisters};
use crate::vgic::Vgic;

/// The register that an SGI was sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SgiRegister {
    /// ICC_SGI1R_EL1: the SGI may be of either group, as each target has configured it.
    Sgi1r,
    /// ICC_ASGI1R_EL1: there is no other security state, so only group 0 is left.
    Asgi1r,
    /// ICC_SGI0R_EL1: group 0 only.
    Sgi0r,
}

/// IRM: to every vCPU but the sender.
const TO_ALL_OTHERS: u64 = 1 << 40;

impl Vgic<'_> {
    /// vCPU `by` has written `value` to an SGI register. Each target gets one pending SGI, however often it is
    /// sent before the target acknowledges it. Affinities that no vCPU has are ignored.
    pub fn send_sgi(
        &mut self,
        by: VcpuId,
        register: SgiRegister,
        value: u64,
        lrs: &mut impl ListRegisters,
        effects: &mut impl Effects,
    ) {
        let mine = bit((value >> 24) as u32 & 0xf);
        let mut refill = false;
        for vcpu in addressed(usize::from(self.config.vcpus), by, value).iter() {
            let id = BankId::Private(vcpu);
            let Some(bank) = self.bank_mut(id) else { continue };
            let allowed = register == SgiRegister::Sgi1r || bank.group & mine == 0;
            // A latch that is set already has been announced already.
            if allowed && bank.latch & mine == 0 {
                bank.latch |= mine;
                refill |= self.announce(by, id, mine, effects);
            }
        }
        if refill {
            self.refill(by, lrs, effects);
        }
    }
}

/// The vCPUs, of so many, that a write of `value` by `by` names.
pub(crate) fn addressed(vcpus: usize, by: VcpuId, value: u64) -> VcpuSet {
    if value & TO_ALL_OTHERS != 0 {
        let mut set = VcpuSet::first(vcpus);
        if set.contains(by) {
            set.toggle(by);
        }
        return set;
    }
    let mut set = VcpuSet::EMPTY;
    let aff3 = (value >> 48) as u32 & 0xff;
    let aff2 = (value >> 32) as u32 & 0xff;
    let aff1 = (value >> 16) as u32 & 0xff;
    let range = (value >> 44) as u32 & 0xf;
    for index in ones(value as u32 & 0xffff) {
        let affinity = aff3 << 24 | aff2 << 16 | aff1 << 8 | range << 4 | index;
        if let Some(vcpu) = from_affinity(affinity)
            && vcpu.index() < vcpus
        {
            set.insert(vcpu);
        }
    }
    set
}
