//! Zones whose interrupts are delivered directly: the physical GIC interrupts their vCPUs, and what is left for the
//! hypervisor are the registers of distributor and redistributors and the sending of SGIs.

use manifest::Trigger;
use spin::mutex::TicketMutex;
use vgic::direct::{self, Direct, Placement, Redistributor};
use vgic::{Access, SgiRegister, VcpuId, VirtualIntid};

use crate::cpu::Cpu;
use crate::memory::pool::Pool;
use crate::zone::{CreateError, Zone};
use crate::{arch, lock};

/// The registers of such a zone, whose GIC is [`Direct`].
pub struct DirectInterrupts(TicketMutex<&'static mut Direct<'static>>);

impl DirectInterrupts {
    /// Makes them, and has the zone's CPUs take their interrupts so.
    pub(super) fn create(
        pool: &mut Pool,
        record: &manifest::Zone<'static>,
        frames: &manifest::Gic,
        cpus: &[&'static Cpu],
    ) -> Result<Self, CreateError> {
        if !arch::can_deliver_directly() {
            return Err(CreateError::NotDirect);
        }
        let redistributors = pool.place_slice(cpus.len(), |_| Redistributor::new())?;
        let own = Direct::new(frames.spi_count as u16, arch::own_private_interrupts(), redistributors);
        let model = pool.place(own.map_err(|_| CreateError::InterruptController)?)?;
        for interrupt in record.interrupts() {
            let refused = CreateError::Interrupt(interrupt.physical_number);
            let trigger = match interrupt.trigger {
                Trigger::Level => vgic::Trigger::Level,
                Trigger::Edge => vgic::Trigger::Edge,
            };
            let intid = VirtualIntid::new(interrupt.physical_number).ok_or(refused)?;
            model.own(intid, trigger).map_err(|_| refused)?;
        }
        if let Some(intid) = record.uart().and_then(|uart| VirtualIntid::new(uart.interrupt)) {
            model.wire(intid);
        }
        let sgis = Placement::of(cpus.iter().map(|cpu| cpu.affinity));
        for cpu in cpus {
            arch::deliver_directly(cpu, sgis);
        }
        Ok(Self(TicketMutex::new(model)))
    }

    // Apart from the path of zones with list registers, whose length is measured.
    #[inline(never)]
    pub(super) fn access(&self, zone: &Zone, access: &Access, write: Option<u64>) -> u64 {
        let mut model = self.0.lock();
        match write {
            None => model.read(access, &arch::ZonePhysical::of(zone)),
            Some(value) => {
                model.write(access, value, &mut arch::ZonePhysical::of(zone));
                0
            }
        }
    }

    #[inline(never)]
    pub(super) fn send_sgi(zone: &Zone, vcpu: VcpuId, register: SgiRegister, value: u64) {
        let Some((targets, intid)) = direct::sgi_targets(zone.cpus().len(), vcpu, register, value) else {
            return;
        };
        for cpu in targets.iter().filter_map(|target| zone.cpu(target)) {
            arch::send_sgi(intid, cpu);
        }
    }

    #[inline(never)]
    pub(super) fn deactivate(&self, vcpu: VcpuId, intid: VirtualIntid) {
        if self.0.lock().may_deactivate(vcpu, intid) {
            arch::deactivate_directly(intid.number());
        }
    }

    #[inline(never)]
    pub(super) fn set_line(&self, zone: &Zone, level: bool) {
        self.0.lock().set_line(level, &mut arch::ZonePhysical::of(zone));
    }

    #[inline(never)]
    pub(super) fn reset_vcpu(&self, zone: &Zone, vcpu: VcpuId) {
        lock::take(&self.0).reset_vcpu(vcpu, &mut arch::ZonePhysical::of(zone));
    }

    #[inline(never)]
    pub(super) fn reset(&self, zone: &Zone) {
        lock::take(&self.0).reset(&mut arch::ZonePhysical::of(zone));
    }
}
