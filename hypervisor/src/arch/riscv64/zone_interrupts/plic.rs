//! The zone's PLIC: the model with the zone's lock around it. The hypervisor takes the physical interrupts of a zone on
//! the hart of its vCPU 0, so that no other zone is held up by them, and raises them in the model; guests are interrupted
//! by hvip.VSEIP.
//!
//! A source is let through as soon as that hart is up. One that the zone does not serve interrupts once and is then
//! quiet, since only the completion opens its gateway again: nothing is to be switched when a zone stops, starts or ends.

use addr::{GuestPhys, Range};
use flood::Allowance;
use ids::{VcpuId, Width};
use spin::mutex::TicketMutex;
use vplic::{Bank, Config, Context, Contexts, Effects, PhysicalSource, VirtualSource, Vplic};

use crate::arch::riscv64::interrupts::{self, OwnInterrupts};
use crate::arch::riscv64::{csr, current_cpu};
use crate::cpu::{Cpu, Request, Vcpu};
use crate::memory::pool::Pool;
use crate::zone::{CreateError, Zone};
use crate::{floods, irqchip};

use super::ZoneInterrupts;

/// An emulated PLIC.
pub struct Plic {
    frame: Range<GuestPhys>,
    model: TicketMutex<Vplic<'static>>,
    /// The physical sources that the zone owns.
    bound: &'static [Bound],
}

/// A physical source that a zone owns.
struct Bound {
    physical: PhysicalSource,
    source: VirtualSource,
    /// How often it may come. The hart of vCPU 0 alone changes it.
    allowance: Allowance,
}

impl Plic {
    /// Makes the PLIC of a zone of so many vCPUs, each with one context.
    ///
    /// # Errors
    ///
    /// [`CreateError`] where the pool is used up or an interrupt cannot be bound.
    pub fn create(
        pool: &mut Pool,
        record: &manifest::Zone<'static>,
        plic: manifest::Plic,
        vcpus: usize,
    ) -> Result<Self, CreateError> {
        let sources = u16::try_from(plic.sources).map_err(|_| CreateError::InterruptController)?;
        let banks = pool.place_slice(Config::banks(sources), |_| Bank::new())?;
        let contexts = pool.place_slice(vcpus, |_| Context::new())?;
        let config = Config { sources, vcpus: vcpus as u8, contexts: Contexts::DENSE };
        let mut model = Vplic::new(config, banks, contexts).map_err(|_| CreateError::InterruptController)?;
        let mut bound = pool.reserve(record.interrupts().count())?;
        for interrupt in record.interrupts() {
            let refused = CreateError::Interrupt(interrupt.virtual_number);
            let source = VirtualSource::new(interrupt.virtual_number).ok_or(refused)?;
            let physical = PhysicalSource::new(interrupt.physical_number).ok_or(refused)?;
            model.bind(source, physical).map_err(|_| refused)?;
            bound.push(Bound { physical, source, allowance: Allowance::new() })?;
        }
        Ok(Self { frame: plic.frame, model: TicketMutex::new(model), bound: bound.finish() })
    }

    /// A load of the guest; `None` when it is not in the PLIC's frame.
    #[inline(never)]
    pub fn load(&self, zone: &Zone, address: GuestPhys, width: Width) -> Option<u64> {
        let offset = self.frame.offset_of(address)? as u32;
        Some(u64::from(self.model.lock().read(offset, width, &mut ZoneEffects { zone })))
    }

    /// A store of the guest; false when it is not in the PLIC's frame.
    #[inline(never)]
    pub fn store(&self, zone: &Zone, address: GuestPhys, width: Width, value: u64) -> bool {
        let Some(offset) = self.frame.offset_of(address) else { return false };
        self.model.lock().write(offset as u32, width, value as u32, &mut ZoneEffects { zone });
        true
    }

    /// A virtual device drives the wire of a source.
    pub fn set_line(&self, zone: &Zone, source: u32, level: bool) {
        if let Some(source) = VirtualSource::new(source) {
            self.model.lock().set_wire(source, level, &mut ZoneEffects { zone });
        }
    }

    /// Something that is over at once has happened at a virtual device's source.
    pub fn pulse(&self, zone: &Zone, source: u32) {
        if let Some(source) = VirtualSource::new(source) {
            self.model.lock().pulse(source, &mut ZoneEffects { zone });
        }
    }

    /// A physical source, which has been claimed, interrupts the zone. False if nothing comes of it.
    fn raise(&self, zone: &Zone, bound: &Bound) -> bool {
        self.model.lock().raise(bound.source, &mut ZoneEffects { zone })
    }

    /// Brings the external interrupt of this hart's vCPU in step with the model.
    pub fn signal(&self, vcpu: VcpuId) {
        // Under the lock, so that the last word of the model is the last one written.
        let model = self.model.lock();
        csr::set_guest_external_interrupt(model.line(vcpu));
    }

    /// Puts the model back to its reset state.
    pub fn reset(&self, zone: &Zone) {
        self.model.lock().reset(&mut ZoneEffects { zone });
    }
}

/// The physical sources that come to this hart: those of its zone, if it has vCPU 0.
pub fn sources_of(cpu: &Cpu) -> impl Iterator<Item = u32> {
    let first = cpu.vcpu().filter(|vcpu| vcpu.id.index() == 0);
    let interrupts = first.into_iter().flat_map(|vcpu| vcpu.zone.record().interrupts());
    interrupts.map(|interrupt| interrupt.physical_number)
}

/// A physical source interrupts this hart: the model of its zone takes it. False when it is not one of the zone's.
pub fn arrived(cpu: &Cpu, source: u32) -> bool {
    let Some(zone) = cpu.vcpu().map(|vcpu| vcpu.zone) else { return false };
    let ZoneInterrupts::Plic(plic) = zone.interrupts() else { return false };
    // As long as the zone's own list of interrupts.
    let Some(bound) = plic.bound.iter().find(|bound| bound.physical.number() == source) else { return false };
    // One that is held back has been claimed and is not completed: its gateway is closed.
    (!bound.allowance.spend() && floods::is_held_back(zone, source, &bound.allowance))
        || plic.raise(zone, bound)
}

/// Lets sources interrupt that this hart has held back.
pub fn release(cpu: &Cpu) {
    let Some(zone) = cpu.vcpu().filter(|vcpu| vcpu.id.index() == 0).map(|vcpu| vcpu.zone) else { return };
    let ZoneInterrupts::Plic(plic) = zone.interrupts() else { return };
    for bound in plic.bound.iter().filter(|bound| bound.allowance.is_held()) {
        bound.allowance.release(floods::milliseconds());
        plic.raise(zone, bound);
    }
}

/// The physical PLIC, and its context that takes the interrupts of a zone on these harts: that of the first.
fn physical_context(cpus: &[&'static Cpu]) -> Option<(&'static irqchip::plic::Plic, u32)> {
    match cpus.first()?.arch.own {
        OwnInterrupts::Wires(context) => Some((interrupts::plic()?, context)),
        OwnInterrupts::File(_) => None,
    }
}

struct ZoneEffects<'z> {
    zone: &'z Zone,
}

impl Effects for ZoneEffects<'_> {
    fn line(&mut self, vcpu: VcpuId, level: bool) {
        let Some(cpu) = self.zone.cpus().get(vcpu.index()) else { return };
        // That of a vCPU that is off would keep its hart from waiting.
        if core::ptr::eq(*cpu, current_cpu()) && cpu.vcpu().is_some_and(Vcpu::is_running) {
            csr::set_guest_external_interrupt(level);
        } else {
            // Another hart reads the model's word when it comes to it, and the one that is off when it starts.
            cpu.ask(Request::Interrupts);
        }
    }

    fn complete(&mut self, source: PhysicalSource) {
        if let Some((plic, context)) = physical_context(self.zone.cpus()) {
            plic.complete(context, source.number());
        }
    }
}
