//! Making a zone's interrupt controller, while the machine boots.

use manifest::{Controller, GicVersion, Trigger};
use spin::mutex::TicketMutex;
use vgic::{Config, Line, PhysicalIntid, Redistributor, Shortcut, Version, Vgic, VirtualIntid};

use crate::arch;
use crate::cpu::Cpu;
use crate::memory::pool::Pool;
use crate::zone::CreateError;

use super::direct::DirectInterrupts;
use super::parking::Parking;
use super::{Delivery, VirtualInterrupts, ZoneInterrupts};

/// The private interrupts of the EL1 virtual and physical timers: the hypervisor uses neither, so each vCPU
/// has its CPU's own (Arm BSA: INTID 27 and 30).
const TIMERS: [u32; 2] = [27, 30];

impl ZoneInterrupts {
    /// Makes the vGIC of a zone whose vCPUs run on `cpus`, with all interrupts bound that the zone owns.
    ///
    /// # Errors
    ///
    /// [`CreateError`] where the pool is used up or an interrupt cannot be bound.
    pub fn create(
        pool: &mut Pool,
        record: &manifest::Zone<'static>,
        cpus: &[&'static Cpu],
    ) -> Result<Self, CreateError> {
        let Controller::Gic(frames) = record.controller() else {
            return Err(CreateError::InterruptController);
        };
        let (version, planned) = match frames.version {
            GicVersion::V2 { .. } => (Version::V2, "a GICv2"),
            GicVersion::V3 { .. } => (Version::V3, "a GICv3"),
        };
        if arch::has_gicv2() != (version == Version::V2) {
            return Err(CreateError::OtherInterruptController(planned));
        }
        if record.is_direct() {
            let interrupts = DirectInterrupts::create(pool, record, &frames, cpus)?;
            return Ok(Self { frames, delivery: Delivery::Direct(interrupts) });
        }
        let redistributors = pool.place_slice(cpus.len(), |_| Redistributor::new())?;
        let config = Config {
            version,
            vcpus: cpus.len() as u8,
            spis: frames.spi_count as u16,
            priority_bits: arch::priority_bits(),
        };
        let vgic = Vgic::new(config, redistributors).map_err(|_| CreateError::InterruptController)?;
        let vgic = pool.place(vgic)?;
        for intid in TIMERS {
            bind(vgic, intid, intid, Trigger::Level)?;
        }
        for interrupt in record.interrupts() {
            bind(vgic, interrupt.virtual_number, interrupt.physical_number, interrupt.trigger)?;
        }
        let last = record.interrupts().map(|interrupt| interrupt.physical_number).max().unwrap_or(0);
        let lines = last.max(TIMERS[1]) as usize + 1;
        let shortcuts = place_shortcuts(pool, version, cpus.len(), lines)?;
        vgic.set_shortcuts(shortcuts);
        for (cpu, shortcut) in cpus.iter().zip(shortcuts) {
            cpu.arch.set_shortcut(pool, shortcut)?;
        }
        let interrupts = VirtualInterrupts {
            vgic: TicketMutex::new(vgic),
            distributor: frames.distributor,
            redistributors: match frames.version {
                GicVersion::V3 { redistributors } => redistributors,
                GicVersion::V2 { .. } => frames.distributor,
            },
            pending: arch::pending_words().ok_or(CreateError::InterruptController)?,
            parking: Parking::default(),
        };
        Ok(Self { frames, delivery: Delivery::Virtual(interrupts) })
    }
}

/// A shortcut for each of so many vCPUs, for physical INTIDs below `lines`.
fn place_shortcuts(
    pool: &mut Pool,
    version: Version,
    vcpus: usize,
    lines: usize,
) -> Result<&'static [Shortcut<'static>], CreateError> {
    let all: &[Line] = pool.place_slice(vcpus.saturating_mul(lines), |_| Line::new())?;
    let own = |vcpu: usize| all.chunks_exact(lines).nth(vcpu).unwrap_or_default();
    Ok(pool.place_slice(vcpus, |vcpu| Shortcut::new(version, own(vcpu), arch::list_registers()))?)
}

fn bind(vgic: &mut Vgic<'_>, intid: u32, physical: u32, trigger: Trigger) -> Result<(), CreateError> {
    let refused = CreateError::Interrupt(intid);
    let trigger = match trigger {
        Trigger::Level => vgic::Trigger::Level,
        Trigger::Edge => vgic::Trigger::Edge,
    };
    let physical = PhysicalIntid::new(physical).ok_or(refused)?;
    vgic.bind(VirtualIntid::new(intid).ok_or(refused)?, physical, trigger).map_err(|_| refused)
}
