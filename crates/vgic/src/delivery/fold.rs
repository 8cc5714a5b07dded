//! Taking everything out of a vCPU's list registers.

use ids::bits::{bit, ones};

use crate::ids::VcpuId;
use crate::lr::ListRegister;
use crate::ports::{Effects, ListRegisters, Maintenance};
use crate::vgic::Vgic;

impl Vgic<'_> {
    /// Takes every interrupt out of the list registers of `by` into the model and leaves them empty, with no
    /// maintenance interrupt on. Needed before the vCPU is turned off, and while another vCPU accesses what its
    /// list registers hold ([`Vgic::must_park`]); call [`Vgic::refill`] before it runs again.
    pub fn fold(&mut self, by: VcpuId, lrs: &mut dyn ListRegisters, effects: &mut dyn Effects) {
        self.take_over(by, lrs, effects);
        self.end_counted(by, lrs, effects);
        let empty = lrs.empty();
        let Some(redistributor) = self.redistributor(by) else { return };
        for index in ones(redistributor.loaded.used) {
            let found = if empty & bit(index) != 0 {
                ListRegister::EMPTY
            } else {
                let found = ListRegister::from_raw(lrs.read(index as usize));
                lrs.write(index as usize, 0);
                found
            };
            self.settle(by, index, found, effects);
        }
        self.set_maintenance(by, Maintenance::NONE, lrs);
        if let Some(redistributor) = self.redistributor(by) {
            redistributor.parked = true;
        }
        self.publish(by);
    }
}
