//! Which emulated device a guest-physical address belongs to.

use addr::GuestPhys;
use ids::{VcpuId, Width};
use manifest::GicVersion;
use vgic::{Access, Frame, Poked, shared_at};

use crate::cpu::{Cpu, Vcpu};
use crate::zone::Zone;

/// Bytes of one emulated redistributor: RD_base and SGI_base (GIC specification IHI 0069, 12.10).
const REDISTRIBUTOR_SIZE: u64 = 0x2_0000;

/// GICC_DIR, the first register of the CPU interface's second page (GIC specification IHI 0048, 4.1.3).
const CPU_INTERFACE_DIR: u64 = 0x1000;

impl Zone {
    /// A load or store of the guest in a frame of its GICv3. `None` when no frame is there.
    fn access_gicv3(
        &self,
        cpu: &'static Cpu,
        vcpu: &Vcpu,
        address: GuestPhys,
        width: Width,
        write: Option<u64>,
    ) -> Option<u64> {
        let access = self.register_of_gicv3(address, width)?;
        Some(self.access_gic(cpu, vcpu, access, write))
    }

    /// What a load of `by` from a frame of the zone's GIC shows; `None` too where that takes more than a look at the model.
    ///
    /// It calls no function: then one that calls nothing else has no registers to save.
    #[inline(always)]
    pub fn load_from_gic(&self, by: &Vcpu, address: GuestPhys, width: Width) -> Option<u64> {
        let own = self.interrupts().by_lists()?;
        if let Some(offset) = own.distributor.offset_of(address) {
            let pending = |word| own.pending.read(word);
            return own.vgic.lock().peek_distributor(|| by.id, offset as u32, width, pending);
        }
        let offset = own.redistributors.offset_of(address)?;
        own.vgic.lock().peek_redistributors(offset as u32, width)
    }

    /// Does a store to a frame of the zone's GIC by vCPU `by`. False where it takes more than a change of the model.
    #[inline(always)]
    pub fn store_to_gic(&self, by: VcpuId, address: GuestPhys, width: Width, value: u64) -> bool {
        let Some(own) = self.interrupts().by_lists() else { return false };
        if let Some(offset) = own.distributor.offset_of(address) {
            let mut vgic = own.vgic.lock();
            return match vgic.poke_distributor(offset as u32, width, value) {
                Poked::Left => false,
                Poked::Done => true,
                Poked::Pends => self.pend_quickly(&mut vgic, by, shared_at(offset as u32), value as u32),
                Poked::Sends => Self::send_by_word(&mut vgic, by, value as u32),
            };
        }
        let Some(offset) = own.redistributors.offset_of(address) else { return false };
        // What is made pending there is rare: SGIs have a register of their own.
        own.vgic.lock().poke_redistributors(offset as u32, width, value) == Poked::Done
    }

    /// The frame and offset of an address.
    #[inline(always)]
    fn register_of_gicv3(&self, address: GuestPhys, width: Width) -> Option<Access> {
        let gic = &self.interrupts().frames;
        let GicVersion::V3 { redistributors } = gic.version else { return None };
        if let Some(offset) = gic.distributor.offset_of(address) {
            return Some(Access { frame: Frame::Distributor, offset: offset as u32, width });
        }
        let offset = redistributors.offset_of(address)?;
        let index = VcpuId::new((offset / REDISTRIBUTOR_SIZE) as usize)?;
        Some(Access {
            frame: Frame::Redistributor(index),
            offset: (offset % REDISTRIBUTOR_SIZE) as u32,
            width,
        })
    }

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
        let GicVersion::V2 { cpu_interface } = gic.version else {
            return self.access_gicv3(cpu, vcpu, address, width, write);
        };
        if let Some(offset) = cpu_interface.offset_of(address) {
            return self.access_cpu_interface(cpu, vcpu, offset, width, write);
        }
        let offset = gic.distributor.offset_of(address)? as u32;
        Some(self.access_gic(cpu, vcpu, Access { frame: Frame::Banked(vcpu.id), offset, width }, write))
    }

    /// The part of a GICv2's CPU interface that stage 2 does not map onto the hardware's: GICC_DIR, which is write-only
    /// (GIC specification IHI 0048, 4.4.15), and else nothing.
    #[cold]
    fn access_cpu_interface(
        &self,
        cpu: &'static Cpu,
        vcpu: &Vcpu,
        offset: u64,
        width: Width,
        write: Option<u64>,
    ) -> Option<u64> {
        if offset < CPU_INTERFACE_DIR {
            return None;
        }
        if let Some(value) = write.filter(|_| offset == CPU_INTERFACE_DIR && width == Width::Word) {
            // Above the INTID is the CPU that sent an SGI, which says nothing: an SGI is active once.
            self.deactivate(cpu, vcpu, value & 0x3ff);
        }
        Some(0)
    }
}
