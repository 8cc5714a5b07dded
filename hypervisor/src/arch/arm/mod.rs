//! What a zone on an arm64 machine has beside its memory: a virtual GIC and PSCI. Everything here is above the hardware:
//! `arch/aarch64` carries it out, and so does `arch/fake` for the tests on the host.

mod create;
mod direct;
pub mod hypercall;
mod interrupts;
mod mmio;
pub mod parking;

use addr::{GuestPhys, Range};
use spin::mutex::TicketMutex;
use vgic::Vgic;

use crate::arch;
use crate::cpu::Vcpu;

/// The calls by which a guest's vCPUs start, stop and end (PSCI).
pub type ZoneFirmware = TicketMutex<psci::Psci>;

/// The PSCI of a zone of so many vCPUs.
pub fn new_zone_firmware(vcpus: usize) -> ZoneFirmware {
    TicketMutex::new(psci::Psci::new(vcpus))
}

/// Another vCPU of the zone waits for this one: it parks.
pub fn attend(vcpu: &Vcpu) {
    parking::park(vcpu);
}

/// The UART that a zone has: a PL011.
pub type ZoneUartModel = vuart::Vpl011;

/// A zone's interrupt controller.
pub struct ZoneInterrupts {
    frames: manifest::Gic,
    delivery: Delivery,
}

/// How its interrupts reach its vCPUs.
enum Delivery {
    /// By list registers.
    Virtual(VirtualInterrupts),
    /// Straight from the physical GIC.
    Direct(direct::DirectInterrupts),
}

struct VirtualInterrupts {
    /// Too large to be passed about by value: it has its place in the pool.
    vgic: TicketMutex<&'static mut Vgic<'static>>,
    /// Where the guest finds its GIC.
    distributor: Range<GuestPhys>,
    /// A GICv2 has none, and its distributor once more here.
    redistributors: Range<GuestPhys>,
    /// Which physical interrupts are pending.
    pending: arch::PendingWords,
    parking: parking::Parking,
}

impl ZoneInterrupts {
    #[inline(always)]
    fn by_lists(&self) -> Option<&VirtualInterrupts> {
        match &self.delivery {
            Delivery::Virtual(interrupts) => Some(interrupts),
            Delivery::Direct(_) => None,
        }
    }

    #[inline(always)]
    fn direct(&self) -> Option<&direct::DirectInterrupts> {
        match &self.delivery {
            Delivery::Virtual(_) => None,
            Delivery::Direct(interrupts) => Some(interrupts),
        }
    }

    /// Whether a virtual device whose line stays up has to say so again after each access of its driver.
    pub fn forgets_lines(&self) -> bool {
        self.direct().is_some()
    }
}

/// What a vCPU keeps for the architecture.
#[derive(Debug, Default)]
pub struct VcpuData {
    /// See [`parking`].
    parked: core::sync::atomic::AtomicU8,
}
