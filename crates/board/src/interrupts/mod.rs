//! The interrupt controller that zones' interrupts come from.

pub(crate) mod aia;
pub(crate) mod gic;
pub(crate) mod gicv2;
pub(crate) mod guest_files;
pub(crate) mod plic;

use addr::{HostPhys, Range};
use heapless::Vec;

use crate::cpus::{self, Arch};
use crate::fdt::Node;
use crate::tree::Top;
use crate::{BoardError, MAX_CPUS, uart};
use aia::Aia;
use gic::Gicv3;
use gicv2::Gicv2;
use plic::Plic;

/// The most sources that an APLIC domain or a PLIC has (AIA 1.0, 4.5; PLIC 1.0, 1): numbers 1 to 1023.
pub const MAX_SOURCES: u32 = 1023;

/// Supervisor external interrupt: the cause by which a controller's output reaches a hart's S-mode (privileged
/// specification, scause).
const SUPERVISOR_EXTERNAL: u32 = 9;

/// A controller that a host driver exists for; picked by `compatible`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InterruptController {
    /// `arm,gic-400` and the GICs of Cortex-A7 and A15.
    Gicv2(Gicv2),
    /// `arm,gic-v3`.
    Gicv3(Gicv3),
    /// `riscv,aplic` with `riscv,imsics`.
    Aia(Aia),
    /// `riscv,plic0`.
    Plic(Plic),
}

impl InterruptController {
    /// Its register frames, which no zone may have: first the one that sources and routes are set in.
    pub fn frames(&self) -> impl Iterator<Item = Range<HostPhys>> {
        let (first, others) = match self {
            Self::Gicv2(gic) => (gic.distributor, gic.interfaces.as_slice()),
            Self::Gicv3(gic) => (gic.distributor, gic.redistributors.as_slice()),
            Self::Aia(aia) => (aia.aplic.frame, aia.imsic.regions.as_slice()),
            Self::Plic(plic) => (plic.frame, &[][..]),
        };
        core::iter::once(first).chain(others.iter().copied())
    }
}

/// Reads the controller of a board with so many CPUs.
pub(crate) fn read(top: &Top<'_>, arch: Arch, cpus: usize) -> Result<InterruptController, BoardError> {
    match arch {
        Arch::Arm64 if Arch::Arm64.is_read() => read_arm64(top, cpus),
        Arch::Riscv64 if Arch::Riscv64.is_read() => read_riscv64(top),
        _ => Err(BoardError::OtherArch),
    }
}

fn read_arm64(top: &Top<'_>, cpus: usize) -> Result<InterruptController, BoardError> {
    if let Some(gic) = gic::read(top)? {
        return Ok(InterruptController::Gicv3(gic));
    }
    let known = "GICv3, compatible arm,gic-v3; GICv2, compatible arm,gic-400";
    gicv2::read(top, cpus)?.map(InterruptController::Gicv2).ok_or(BoardError::NoInterruptController(known))
}

fn read_riscv64(top: &Top<'_>) -> Result<InterruptController, BoardError> {
    // Of several controllers the one that the console is connected to.
    let phandle = uart::interrupt_parent(top)?.ok_or(BoardError::BadProperty("console interrupt-parent"))?;
    let harts = cpus::local_controllers(top)?;
    if let Some(aia) = aia::read(top, &harts, phandle)? {
        return Ok(InterruptController::Aia(aia));
    }
    let known = "riscv,aplic with riscv,imsics, riscv,plic0";
    let plic = plic::read(top, &harts, phandle)?.ok_or(BoardError::NoInterruptController(known))?;
    Ok(InterruptController::Plic(plic))
}

/// The source that a node's first interrupt is: the first cell at an APLIC as at a PLIC.
pub(crate) fn first_source(node: &Node<'_>) -> Option<u32> {
    let source = u32::from_be_bytes(*node.property("interrupts")?.first_chunk::<4>()?);
    (1..=MAX_SOURCES).contains(&source).then_some(source)
}

/// The (phandle, cause) pairs by which a controller's outputs are connected to harts, which take one cell each
/// (riscv,cpu-intc).
fn outputs<'a>(node: &Node<'a>) -> impl Iterator<Item = (u32, u32)> + use<'a> {
    let cells = node.property("interrupts-extended").unwrap_or_default();
    cells.as_chunks::<8>().0.iter().map(|[a, b, c, d, e, f, g, h]| {
        (u32::from_be_bytes([*a, *b, *c, *d]), u32::from_be_bytes([*e, *f, *g, *h]))
    })
}

/// The output that goes to each hart's S-mode, in the order of the CPUs; an error where one has none.
fn supervisor_outputs(
    node: &Node<'_>,
    harts: &[u32],
    what: &'static str,
) -> Result<Vec<u16, MAX_CPUS>, BoardError> {
    let mut places = Vec::new();
    for hart in harts {
        let place = outputs(node).position(|output| output == (*hart, SUPERVISOR_EXTERNAL));
        let place = place.and_then(|place| u16::try_from(place).ok()).ok_or(BoardError::BadProperty(what))?;
        places.push(place).map_err(|_| BoardError::TooMany("CPUs"))?;
    }
    Ok(places)
}

/// A number of sources that a controller can have.
fn sources(node: &Node<'_>, name: &'static str) -> Result<u32, BoardError> {
    let count = node.cell(name).filter(|count| (1..=MAX_SOURCES).contains(count));
    count.ok_or(BoardError::BadProperty(name))
}
