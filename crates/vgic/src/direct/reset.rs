//! Back to the reset state. Only what the zone owns is touched.

use ids::bits::ones;

use super::cpu_interface::HIGHEST_PRIORITY;
use super::{Direct, Physical, Redistributor, State};
use crate::bank::BankId;
use crate::ids::{VcpuId, affinity};

impl Direct<'_> {
    /// The zone starts afresh: everything that it owns is disabled, not pending, inactive, of the guest's highest
    /// priority, configured as at first, and (SPIs) routed to vCPU 0. No vCPU of it runs.
    pub fn reset(&mut self, physical: &mut impl Physical) {
        self.forwards = false;
        for vcpu in self.vcpus() {
            self.reset_vcpu(vcpu, physical);
        }
        for shared in 0..self.shared_banks() {
            let id = BankId::Shared(shared);
            let Some(bank) = self.shared_bank_mut(shared) else { continue };
            (bank.enabled, bank.lost) = (0, 0);
            let (owned, edge) = (bank.owned, bank.edge);
            quiet(id, owned, physical);
            for position in ones(owned) {
                physical.set_edge(id, position, edge >> position & 1 != 0);
                physical.route(id.intid(position), VcpuId::FIRST);
            }
        }
        self.routes.fill(affinity(VcpuId::FIRST));
        if let Some(line) = &mut self.line {
            line.level = false;
        }
    }

    /// The vCPU is turned on: its private interrupts take their reset state. SPIs stay as they are.
    pub fn reset_vcpu(&mut self, vcpu: VcpuId, physical: &mut impl Physical) {
        let id = BankId::Private(vcpu);
        if let Some(redistributor) = self.redistributors.get_mut(vcpu.index()) {
            *redistributor = Redistributor::new();
            quiet(id, self.private, physical);
        }
    }
}

fn quiet(id: BankId, mask: u32, physical: &mut impl Physical) {
    if mask == 0 {
        return;
    }
    for state in [State::Enabled, State::Pending, State::Active] {
        physical.clear(id, state, mask);
    }
    for position in ones(mask) {
        physical.set_priority(id, position, HIGHEST_PRIORITY);
    }
}
