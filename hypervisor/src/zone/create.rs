//! Making a zone out of its checked description, while the machine boots.

use core::fmt;

use manifest::Trigger;
use paging::MapError;
use psci::Psci;
use spin::mutex::TicketMutex;
use vgic::{Config, PhysicalIntid, Redistributor, Vgic, VirtualIntid};

use crate::arch;
use crate::cpu::Cpu;
use crate::memory::pool::{OutOfMemory, Pool};

use super::lifecycle::Lifecycle;
use super::parking::Parking;
use super::uart::ZoneUart;
use super::{Zone, ZoneConsole};

/// The private interrupts of the EL1 virtual and physical timers: the hypervisor uses neither, so each vCPU
/// has its CPU's own (Arm BSA: INTID 27 and 30).
const TIMERS: [u32; 2] = [27, 30];

/// Why a zone cannot be made.
#[derive(Clone, Copy, Debug)]
pub enum CreateError {
    /// The hypervisor's own memory is used up.
    OutOfMemory,
    /// Its memory cannot be mapped.
    Map(MapError),
    /// Its virtual interrupt controller cannot be built.
    InterruptController,
    /// An interrupt cannot be bound.
    Interrupt(u32),
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfMemory => f.write_str("the hypervisor's 2 MiB do not hold all zones"),
            Self::Map(error) => write!(f, "its memory cannot be mapped: {error}"),
            Self::InterruptController => f.write_str("its interrupt controller cannot be built"),
            Self::Interrupt(intid) => write!(f, "interrupt {intid} cannot be bound"),
        }
    }
}

impl From<OutOfMemory> for CreateError {
    fn from(_: OutOfMemory) -> Self {
        Self::OutOfMemory
    }
}

impl From<MapError> for CreateError {
    fn from(error: MapError) -> Self {
        Self::Map(error)
    }
}

/// Makes a zone. `cpus` are its CPUs in the order of its vCPUs.
///
/// # Errors
///
/// [`CreateError`] says what is missing; the machine must not start any zone then.
#[inline(never)]
pub fn create(
    pool: &mut Pool,
    record: manifest::Zone<'static>,
    cpus: &'static [&'static Cpu],
    console: &'static ZoneConsole,
    priority_bits: u8,
) -> Result<Zone, CreateError> {
    let vcpus = cpus.len();
    let redistributors = pool.place_slice(vcpus, |_| Redistributor::new())?;
    let config = Config { vcpus: vcpus as u8, spis: record.spi_count() as u16, priority_bits };
    let vgic = Vgic::new(config, redistributors).map_err(|_| CreateError::InterruptController)?;
    let vgic = pool.place(vgic)?;
    for intid in TIMERS {
        bind(vgic, intid, intid, Trigger::Level)?;
    }
    for interrupt in record.interrupts() {
        bind(vgic, interrupt.virtual_intid, interrupt.physical_intid, interrupt.trigger)?;
    }
    Ok(Zone {
        record,
        cpus,
        arch: arch::ZoneData::build(pool, record.index(), &record)?,
        vgic: TicketMutex::new(vgic),
        psci: TicketMutex::new(Psci::new(vcpus)),
        uart: record.uart().map(|uart| ZoneUart::new(uart.range, uart.intid, console)),
        lifecycle: Lifecycle::default(),
        parking: Parking::default(),
        refused: 0.into(),
    })
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
