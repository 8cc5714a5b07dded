//! Which emulated device a guest-physical address belongs to.

use addr::GuestPhys;
use ids::{VcpuId, Width};
use vgic::{Access, Frame};

use crate::cpu::{Cpu, Vcpu};
use crate::zone::Zone;

/// Bytes of one emulated redistributor: RD_base and SGI_base (GIC specification IHI 0069, 12.10).
const REDISTRIBUTOR_SIZE: u64 = 0x2_0000;

impl Zone {
    /// A load (`write` is `None`) or store of the guest at an address that stage 2 does not map. `None` when
    /// no device of the zone is there.
    #[inline]
    pub fn access(
        &self,
        cpu: &'static Cpu,
        vcpu: &Vcpu,
        address: GuestPhys,
        width: Width,
        write: Option<u64>,
    ) -> Option<u64> {
        if let Some((uart, offset)) = self.uart_at(address) {
            return Some(self.access_uart(uart, vcpu.id, offset, write));
        }
        let gic = &self.interrupts().frames;
        let (frame, offset) = if gic.distributor.contains(address) {
            (Frame::Distributor, address.offset_from(gic.distributor.start())?)
        } else if gic.redistributor.contains(address) {
            let offset = address.offset_from(gic.redistributor.start())?;
            let index = VcpuId::new((offset / REDISTRIBUTOR_SIZE) as usize)?;
            (Frame::Redistributor(index), offset % REDISTRIBUTOR_SIZE)
        } else {
            return None;
        };
        Some(self.access_gic(cpu, vcpu, Access { frame, offset: offset as u32, width }, write))
    }
}
