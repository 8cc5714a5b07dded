//! Binding a physical interrupt to a virtual one.

use ids::bits::bit;

use crate::bank::BankId;
use crate::config::{BindError, Trigger};
use crate::ids::{FIRST_PPI, PhysicalIntid, VcpuId, VirtualIntid};
use crate::vgic::Vgic;

impl Vgic<'_> {
    /// Binds a physical interrupt to a virtual one: the guest's enabling, routing and configuring of the virtual
    /// interrupt act on the physical one, and its end of the interrupt deactivates the physical one in hardware
    /// (`ICH_LR<n>_EL2`.HW). A PPI is bound for every vCPU. `trigger` is the configuration at reset.
    ///
    /// Bind everything first, then call [`Vgic::reset`], which puts the physical side in step.
    ///
    /// # Errors
    /// Either interrupt is bound already, they are not of the same kind, or the zone has no such interrupt.
    /// Nothing has changed then.
    pub fn bind(
        &mut self,
        intid: VirtualIntid,
        physical: PhysicalIntid,
        trigger: Trigger,
    ) -> Result<(), BindError> {
        let id = BankId::of(VcpuId::FIRST, intid);
        if intid.0 < FIRST_PPI || self.bank(id).is_none() {
            return Err(BindError::NotBindable(intid));
        }
        if intid.is_private() != (physical.0 < 32) || physical.0 < FIRST_PPI {
            return Err(BindError::Mismatch(intid, physical));
        }
        if let Some(other) = self.physical_of(intid) {
            return Err(BindError::Bound(intid, other));
        }
        if let Some(other) = self.virtual_of(physical) {
            return Err(BindError::Taken(physical, other));
        }
        self.set_binding(intid, physical);
        let mine = bit(u32::from(intid.0));
        let copies = if intid.is_private() { self.config.vcpus } else { 1 };
        for vcpu in (0..usize::from(copies)).filter_map(VcpuId::new) {
            if let Some(bank) = self.bank_mut(BankId::of(vcpu, intid)) {
                bank.bound |= mine;
                if physical.0 != intid.0 {
                    bank.elsewhere |= mine;
                    bank.unclear |= mine;
                }
                if trigger == Trigger::Edge {
                    bank.bound_edge |= mine;
                    bank.edge |= mine;
                }
            }
        }
        Ok(())
    }
}
