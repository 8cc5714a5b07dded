//! From a board and a bundle to running zones: everything that happens once. Any refusal leaves the machine
//! without a single zone started.

use core::fmt;

use addr::{HostPhys, Range};
use board::Board;
use heapless::Vec;
use manifest::{Arch, BoardView, Manifest, Reserved};

use crate::channel;
use crate::cpu::{Cpu, CpuIndex};
use crate::memory::pool::{OutOfMemory, Pool};
use crate::zone::{CreateError, Zone, ZoneConsole, create};
use crate::{console as host_console, machine};

/// Ranges that a manifest's regions must leave alone: the image, the bundle, the device tree, and firmware's.
const MAX_RESERVED: usize = board::MAX_RESERVED + 3;

/// Why the machine does not start. The text goes to the console.
#[derive(Debug)]
pub enum Refusal {
    /// The boot loader gave no bundle.
    NoBundle,
    /// The bundle is none, or damaged.
    Manifest(manifest::ManifestError),
    /// The bundle does not fit this machine.
    Board(manifest::BoardError),
    /// A zone claims an interrupt that the hypervisor keeps.
    Interrupt(u32),
    /// A zone cannot be made.
    Zone(&'static str, CreateError),
    /// The hypervisor's own memory is used up.
    OutOfMemory,
    /// A CPU of a zone does not start.
    Cpu(u64, &'static str),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBundle => f.write_str(
                "no bundle: the boot loader must pass the file that `bulkhead bundle` wrote as the initial RAM disk",
            ),
            Self::Manifest(error) => write!(f, "the bundle is not valid: {error}"),
            Self::Board(error) => write!(f, "the bundle does not fit this board: {error}"),
            Self::Interrupt(intid) => {
                write!(f, "the bundle does not fit this board: a zone claims interrupt {intid}, the console's")
            }
            Self::Zone(name, error) => write!(f, "zone {name}: {error}"),
            Self::OutOfMemory => f.write_str("the hypervisor's 2 MiB are used up"),
            Self::Cpu(affinity, error) => write!(f, "CPU {affinity:#x} does not start: {error}"),
        }
    }
}

impl From<OutOfMemory> for Refusal {
    fn from(_: OutOfMemory) -> Self {
        Self::OutOfMemory
    }
}

/// Checks the bundle against the machine it found itself on.
///
/// `image` and `device_tree` are where those two lie; the bundle is the board's initial RAM disk.
///
/// # Errors
///
/// [`Refusal`] with what is wrong.
#[inline(never)]
pub fn check<'a>(
    board: &Board,
    bundle: &'a [u8],
    image: Range<HostPhys>,
    device_tree: Range<HostPhys>,
    last_interrupt: u32,
) -> Result<Manifest<'a>, Refusal> {
    let manifest = Manifest::parse(bundle).map_err(Refusal::Manifest)?;
    let mut reserved: Vec<Reserved, MAX_RESERVED> = Vec::new();
    let full = |_| Refusal::OutOfMemory;
    reserved.push(Reserved { range: image, what: "the hypervisor" }).map_err(full)?;
    reserved.push(Reserved { range: device_tree, what: "the board's device tree" }).map_err(full)?;
    if let Some(range) = board.initrd {
        reserved.push(Reserved { range, what: "the bundle" }).map_err(full)?;
    }
    for range in &board.reserved {
        reserved.push(Reserved { range: *range, what: "memory that firmware reserves" }).map_err(full)?;
    }
    let mut devices: Vec<Reserved, { board::MAX_REDISTRIBUTOR_REGIONS + 2 }> = Vec::new();
    devices.push(Reserved { range: board.uart.frame, what: "the console" }).map_err(full)?;
    for range in board.interrupt_controller.frames() {
        devices.push(Reserved { range, what: "the interrupt controller" }).map_err(full)?;
    }
    let mut cpus: Vec<u64, { board::MAX_CPUS }> = Vec::new();
    for cpu in &board.cpus {
        cpus.push(cpu.hardware_id).map_err(|_| Refusal::OutOfMemory)?;
    }
    let view = BoardView {
        ram: &board.ram,
        reserved: &reserved,
        arch: match board.arch() {
            board::Arch::Arm64 => Arch::Arm64,
            board::Arch::Riscv64 => Arch::Riscv64,
        },
        cpus: &cpus,
        devices: &devices,
        last_interrupt,
    };
    manifest.check_board(&view).map_err(Refusal::Board)?;
    let mut interrupts = manifest.zones().flat_map(|zone| zone.interrupts());
    if interrupts.any(|interrupt| interrupt.physical_number == board.uart.interrupt) {
        return Err(Refusal::Interrupt(board.uart.interrupt));
    }
    Ok(manifest)
}

/// Makes a record for every CPU that is in a zone, and for the one that boots.
///
/// # Errors
///
/// [`Refusal`] where memory runs out or `make` has no such CPU.
#[inline(never)]
pub fn create_cpus(
    pool: &mut Pool,
    board: &Board,
    manifest: &Manifest<'_>,
    boot_affinity: u64,
    mut make: impl FnMut(&mut Pool, CpuIndex, u64) -> Result<Cpu, Refusal>,
) -> Result<Vec<&'static Cpu, { board::MAX_CPUS }>, Refusal> {
    let mut cpus = Vec::new();
    for (index, cpu) in board.cpus.iter().enumerate() {
        let owned = manifest.zones().any(|zone| zone.cpus().any(|id| id == cpu.hardware_id));
        if owned || cpu.hardware_id == boot_affinity {
            let record = make(pool, CpuIndex(index as u8), cpu.hardware_id)?;
            let placed: &'static Cpu = pool.place(record)?;
            cpus.push(placed).map_err(|_| Refusal::OutOfMemory)?;
        }
    }
    Ok(cpus)
}

/// Makes all zones and gives each CPU its vCPU.
///
/// # Errors
///
/// [`Refusal`] names the zone that cannot be made.
#[inline(never)]
pub fn create_zones(
    pool: &mut Pool,
    manifest: &Manifest<'static>,
    cpus: &[&'static Cpu],
) -> Result<&'static [Zone], Refusal> {
    let count = manifest.zone_count();
    let consoles: &'static [ZoneConsole] = pool.place_slice(count, |_| ZoneConsole::new())?;
    let channels = channel::create(pool, manifest)?;
    let mut room = pool.reserve::<Zone>(count)?;
    for (record, console) in manifest.zones().zip(consoles) {
        let mut own = pool.reserve::<&'static Cpu>(record.vcpu_count())?;
        for affinity in record.cpus() {
            let cpu = cpus.iter().copied().find(|cpu| cpu.affinity == affinity);
            own.push(cpu.ok_or(Refusal::Cpu(affinity, "not on this board"))?)?;
        }
        let zone = create(pool, record, own.finish(), console, channels)
            .map_err(|error| Refusal::Zone(record.name(), error))?;
        room.push(zone)?;
    }
    let zones: &'static [Zone] = room.finish();
    for zone in zones {
        for (index, cpu) in zone.cpus().iter().enumerate() {
            if let Some(id) = ids::VcpuId::new(index) {
                cpu.assign(zone, id);
            }
        }
    }
    host_console::set_zones(consoles, manifest.zones().map(|zone| zone.name()), manifest.colour());
    machine::set_zones(zones);
    Ok(zones)
}
