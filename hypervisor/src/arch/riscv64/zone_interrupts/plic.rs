//! The zone's PLIC: the model with the zone's lock around it. The hypervisor takes every physical interrupt on one hart
//! and raises it in the model of its owner; guests are interrupted by hvip.VSEIP.

use addr::{GuestPhys, Range};
use ids::{VcpuId, Width};
use spin::mutex::TicketMutex;
use vplic::{Bank, Config, Context, Contexts, Effects, PhysicalSource, VirtualSource, Vplic};

use crate::arch::riscv64::{csr, interrupts};
use crate::cpu::Request;
use crate::machine;
use crate::memory::pool::Pool;
use crate::zone::{CreateError, Zone};

use super::ZoneInterrupts;

/// An emulated PLIC.
pub struct Plic {
    frame: Range<GuestPhys>,
    model: TicketMutex<Vplic<'static>>,
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
        for interrupt in record.interrupts() {
            let refused = CreateError::Interrupt(interrupt.virtual_number);
            let source = VirtualSource::new(interrupt.virtual_number).ok_or(refused)?;
            let physical = PhysicalSource::new(interrupt.physical_number).ok_or(refused)?;
            model.bind(source, physical).map_err(|_| refused)?;
        }
        Ok(Self { frame: plic.frame, model: TicketMutex::new(model) })
    }

    /// A load or store of the guest; `None` when it is not in the PLIC's frame.
    pub fn access(&self, zone: &Zone, address: GuestPhys, width: Width, write: Option<u64>) -> Option<u64> {
        if !self.frame.contains(address) {
            return None;
        }
        let offset = address.offset_from(self.frame.start())? as u32;
        let mut model = self.model.lock();
        Some(match write {
            None => u64::from(model.read(offset, width, &mut ZoneEffects { zone })),
            Some(value) => {
                model.write(offset, width, value as u32, &mut ZoneEffects { zone });
                0
            }
        })
    }

    /// A virtual device drives the wire of a source.
    pub fn set_line(&self, zone: &Zone, source: u32, level: bool) {
        if let Some(source) = VirtualSource::new(source) {
            self.model.lock().set_wire(source, level, &mut ZoneEffects { zone });
        }
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

/// A physical source interrupts: its owner's model takes it. False when it is nobody's.
pub fn arrived(source: u32) -> bool {
    let owner = machine::zones().iter().find_map(|zone| {
        let interrupt = zone.record().interrupts().find(|interrupt| interrupt.physical_number == source)?;
        Some((zone, VirtualSource::new(interrupt.virtual_number)?))
    });
    match owner {
        Some((zone, source)) => match zone.interrupts() {
            ZoneInterrupts::Plic(plic) => plic.model.lock().raise(source, &mut ZoneEffects { zone }),
            ZoneInterrupts::Aia(_) => false,
        },
        None => false,
    }
}

struct ZoneEffects<'z> {
    zone: &'z Zone,
}

impl Effects for ZoneEffects<'_> {
    fn line(&mut self, vcpu: VcpuId, _: bool) {
        // The hart of the vCPU reads the model's word when it comes to it: this one's at the end of the exit.
        if let Some(cpu) = self.zone.cpus().get(vcpu.index()) {
            cpu.ask(Request::Interrupts);
        }
    }

    fn complete(&mut self, source: PhysicalSource) {
        if let Some((plic, context)) = interrupts::plic() {
            plic.complete(context, source.number());
        }
    }
}
