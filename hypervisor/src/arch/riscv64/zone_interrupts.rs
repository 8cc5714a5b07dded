//! A zone's interrupt controller: an emulated APLIC in front of guest interrupt files, or an emulated PLIC on a
//! machine without them.

mod aia;
mod plic;

pub use plic::{arrived, release, sources_of};

use core::sync::atomic::Ordering;

use addr::GuestPhys;
use ids::{VcpuId, Width};
use manifest::Controller;

use crate::channel::{End, Line};
use crate::cpu::{Cpu, Vcpu};
use crate::memory::pool::Pool;
use crate::zone::{CreateError, Zone};

use super::interrupts;
pub use aia::Aia;
use plic::Plic;

/// The interrupt controller of one zone.
pub enum ZoneInterrupts {
    /// APLIC and IMSIC.
    Aia(Aia),
    /// PLIC.
    Plic(Plic),
}

impl ZoneInterrupts {
    /// Makes the controller that the manifest names, with all interrupts bound that the zone owns.
    ///
    /// # Errors
    ///
    /// [`CreateError`] where the pool is used up or an interrupt cannot be bound.
    pub fn create(
        pool: &mut Pool,
        record: &manifest::Zone<'static>,
        cpus: &[&'static Cpu],
    ) -> Result<Self, CreateError> {
        match record.controller() {
            Controller::Aia(_) if interrupts::aplic().is_none() => {
                Err(CreateError::OtherInterruptController("an AIA (APLIC and IMSIC)"))
            }
            Controller::Plic(_) if interrupts::plic().is_none() => {
                Err(CreateError::OtherInterruptController("a PLIC"))
            }
            Controller::Aia(frames) => Aia::create(pool, record, frames, cpus.len()).map(Self::Aia),
            Controller::Plic(frame) => Plic::create(pool, record, frame, cpus.len()).map(Self::Plic),
            _ => Err(CreateError::InterruptController),
        }
    }

    /// Whether a virtual device whose line stays up has to say so again after each access of its driver: the models keep
    /// it.
    pub const fn forgets_lines(&self) -> bool {
        false
    }
}

impl Zone {
    /// A load of the guest at an address that the G-stage does not map. `None` when no device of the zone is there.
    #[inline(always)]
    pub fn load(&self, vcpu: &Vcpu, address: GuestPhys, width: Width) -> Option<u64> {
        match (self.uart_at(address), self.interrupts()) {
            (Some((uart, offset)), _) => Some(self.access_uart(uart, vcpu.id, offset, None)),
            (None, ZoneInterrupts::Aia(aia)) => Some(aia.load(aia.offset_of(address)?, width)),
            (None, ZoneInterrupts::Plic(plic)) => plic.load(self, address, width),
        }
    }

    /// The same for a store; false when no device is there.
    #[inline(always)]
    pub fn store(&self, vcpu: &Vcpu, address: GuestPhys, width: Width, value: u64) -> bool {
        match (self.uart_at(address), self.interrupts()) {
            (Some((uart, offset)), _) => {
                self.access_uart(uart, vcpu.id, offset, Some(value));
                true
            }
            (None, ZoneInterrupts::Aia(aia)) => {
                let offset = aia.offset_of(address);
                offset.map(|offset| aia.store(self, offset, width, value)).is_some()
            }
            (None, ZoneInterrupts::Plic(plic)) => plic.store(self, address, width, value),
        }
    }

    /// A wired virtual device raises or lowers its line.
    pub fn set_line(&self, _: VcpuId, source: u32, level: bool) {
        match self.interrupts() {
            ZoneInterrupts::Aia(aia) => aia.set_line(self, source, level),
            ZoneInterrupts::Plic(plic) => plic.set_line(self, source, level),
        }
    }

    /// Raises the interrupts of channels that other zones have left for this one to raise.
    pub fn take_doorbells(&self) {
        if let ZoneInterrupts::Plic(plic) = self.interrupts() {
            let rung = |line: &&Line| line.waiting.swap(false, Ordering::AcqRel);
            self.channels()
                .iter()
                .filter_map(End::line)
                .filter(rung)
                .for_each(|line| plic.pulse(self, line.interrupt));
        }
    }

    /// The zone's controller has something new for this vCPU, whose hart runs this.
    pub fn refill(&self, vcpu: VcpuId) {
        if let ZoneInterrupts::Plic(plic) = self.interrupts() {
            plic.signal(vcpu);
        }
    }

    /// The vCPU of this hart goes off: what is pending for it stays where it is.
    pub fn fold(&self, _: VcpuId) {}

    /// A vCPU starts. Its interrupt file is reset with the rest of its state; a PLIC has nothing private.
    pub fn reset_private_interrupts(&self, _: VcpuId) {}

    /// Puts the interrupt controller back to its reset state.
    pub fn reset_interrupts(&self) {
        match self.interrupts() {
            ZoneInterrupts::Aia(aia) => aia.reset(self),
            ZoneInterrupts::Plic(plic) => plic.reset(self),
        }
    }
}
