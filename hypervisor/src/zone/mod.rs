//! A zone: what it owns, the devices that are emulated for it, and its life.

mod channels;
mod create;
mod devices;
pub mod lifecycle;
mod uart;

pub use channels::DESCRIBE;
pub use create::{CreateError, create};
pub use uart::{OUTPUT, ZoneConsole};

use ids::VcpuId;
use manifest::ZoneIndex;

use crate::arch;
use crate::channel::End;
use crate::cpu::Cpu;
use lifecycle::Lifecycle;
use uart::ZoneUart;

/// A zone. All of it is made at boot and lives for ever; a restart puts it back to its first state.
///
/// Each lock belongs to this zone alone. Where two are held, the UART's is taken before the interrupt controller's.
pub struct Zone {
    record: manifest::Zone<'static>,
    cpus: &'static [&'static Cpu],
    arch: arch::ZoneData,
    interrupts: arch::ZoneInterrupts,
    firmware: arch::ZoneFirmware,
    uart: Option<ZoneUart>,
    channels: &'static [End],
    lifecycle: Lifecycle,
}

impl Zone {
    /// The zone's checked description.
    #[inline]
    pub fn record(&self) -> &manifest::Zone<'static> {
        &self.record
    }

    /// The zone's name.
    pub fn name(&self) -> &'static str {
        self.record.name()
    }

    /// The zone's place in zones.toml.
    pub fn index(&self) -> ZoneIndex {
        self.record.index()
    }

    /// The CPUs it owns, in the order of its vCPUs.
    pub fn cpus(&self) -> &'static [&'static Cpu] {
        self.cpus
    }

    /// The CPU of one of its vCPUs.
    pub fn cpu(&self, vcpu: VcpuId) -> Option<&'static Cpu> {
        self.cpus.get(vcpu.index()).copied()
    }

    /// What the architecture keeps of it.
    pub fn arch(&self) -> &arch::ZoneData {
        &self.arch
    }

    /// Where it is in its life.
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Its interrupt controller.
    pub fn interrupts(&self) -> &arch::ZoneInterrupts {
        &self.interrupts
    }

    /// The model that answers its calls.
    pub fn firmware(&self) -> &arch::ZoneFirmware {
        &self.firmware
    }

    /// A vCPU has been prepared to run.
    pub fn started(&self, vcpu: VcpuId) {
        self.firmware.lock().started(vcpu);
    }

    /// Puts every emulated device back to its reset state. No vCPU of the zone runs.
    pub fn reset_devices(&self) {
        if let Some(uart) = &self.uart {
            uart.reset();
        }
        self.reset_interrupts();
        self.firmware.lock().reset();
    }
}
