//! Making a zone out of its checked description, while the machine boots.

use core::fmt;

use paging::MapError;

use crate::arch;
use crate::channel::{self, Channel};
use crate::cpu::Cpu;
use crate::memory::pool::{OutOfMemory, Pool};

use super::lifecycle::Lifecycle;
use super::uart::ZoneUart;
use super::{Zone, ZoneConsole};

/// Why a zone cannot be made.
#[derive(Clone, Copy, Debug)]
pub enum CreateError {
    /// The hypervisor's own memory is used up.
    OutOfMemory,
    /// Its memory cannot be mapped.
    Map(MapError),
    /// Its virtual interrupt controller cannot be built.
    InterruptController,
    /// It was planned for another interrupt controller than the machine's.
    OtherInterruptController(&'static str),
    /// An interrupt cannot be bound.
    Interrupt(u32),
    /// Its interrupts are to be delivered directly, which the machine's interrupt controller does not allow.
    NotDirect,
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfMemory => f.write_str("the hypervisor's 2 MiB do not hold all zones"),
            Self::Map(error) => write!(f, "its memory cannot be mapped: {error}"),
            Self::InterruptController => f.write_str("its interrupt controller cannot be built"),
            Self::OtherInterruptController(planned) => {
                write!(f, "it was planned for {planned}, which this machine does not have")
            }
            Self::NotDirect => f.write_str(
                "its interrupts cannot be delivered directly: group 0 of the GIC belongs to firmware (GICD_CTLR.DS is 0)",
            ),
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

/// Makes a zone. `cpus` are its CPUs in the order of its vCPUs, `channels` those of all zones.
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
    channels: &'static [Channel],
) -> Result<Zone, CreateError> {
    Ok(Zone {
        record,
        cpus,
        arch: arch::ZoneData::build(pool, &record, cpus)?,
        interrupts: arch::ZoneInterrupts::create(pool, &record, cpus)?,
        firmware: arch::new_zone_firmware(cpus.len()),
        uart: record.uart().map(|uart| ZoneUart::new(uart.range, uart.interrupt, console)),
        channels: channel::ends_of(pool, &record, channels)?,
        lifecycle: Lifecycle::default(),
    })
}
