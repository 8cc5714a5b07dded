//! What the hypervisor needs to know about a board, read from its device tree (Devicetree Specification 0.4
//! and the Linux bindings named beside each part). Pure: bytes in, facts or a typed refusal out.
//!
//! Everything here is bounded: at most [`MAX_DEPTH`] levels of nodes, and lists of fixed capacity whose
//! overflow is an error, never a silent cut.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

mod chosen;
mod cpus;
mod error;
mod interrupts;
mod memory;
mod tree;
mod uart;

pub use cpus::{Cpu, PsciConduit};
pub use error::BoardError;
pub use interrupts::{Gicv3, InterruptController, MAX_REDISTRIBUTOR_REGIONS};
pub use uart::Uart;

use addr::{HostPhys, Range};
use dtoolkit::fdt::Fdt;
use heapless::Vec;

/// Levels of device-tree nodes that are looked at; deeper ones are an error.
pub const MAX_DEPTH: usize = 8;
/// The most CPUs a board may have.
pub const MAX_CPUS: usize = 64;
/// The most RAM banks a board may have.
pub const MAX_RAM: usize = 16;
/// The most reserved ranges (`/memreserve/` and `/reserved-memory`) a board may have.
pub const MAX_RESERVED: usize = 32;

/// The facts of one board.
#[derive(Debug)]
pub struct Board {
    /// RAM banks in device-tree order (`device_type = "memory"`).
    pub ram: Vec<Range<HostPhys>, MAX_RAM>,
    /// Ranges that firmware keeps for itself.
    pub reserved: Vec<Range<HostPhys>, MAX_RESERVED>,
    /// The usable CPUs in device-tree order; a zone's `cpus` count along this list.
    pub cpus: Vec<Cpu, MAX_CPUS>,
    /// How firmware is called.
    pub psci: PsciConduit,
    /// The interrupt controller at the root of the tree of interrupts.
    pub interrupt_controller: InterruptController,
    /// The console that `/chosen/stdout-path` names.
    pub uart: Uart,
    /// Where the boot loader put the initial RAM disk: for Bulkhead the bundle.
    pub initrd: Option<Range<HostPhys>>,
}

impl Board {
    /// Reads a flattened device tree. `blob` must be exactly as long as its header's `totalsize`.
    ///
    /// # Errors
    ///
    /// [`BoardError`] names what is missing, malformed, not supported or too many.
    #[inline(never)]
    pub fn parse(blob: &[u8]) -> Result<Self, BoardError> {
        let fdt = Fdt::new(blob).map_err(|_| BoardError::Malformed)?;
        let top = tree::Top::of(fdt.root())?;
        Ok(Self {
            ram: memory::ram(&top)?,
            reserved: memory::reserved(&fdt, &top)?,
            cpus: cpus::read(&top)?,
            psci: cpus::conduit(&top)?,
            interrupt_controller: interrupts::read(&top)?,
            uart: uart::read(&top)?,
            initrd: chosen::initrd(&top)?,
        })
    }

    /// The frame of the console alone, for telling somebody what else the board lacks.
    ///
    /// # Errors
    ///
    /// [`BoardError`] where the tree is damaged or names no supported console.
    pub fn console(blob: &[u8]) -> Result<Range<HostPhys>, BoardError> {
        let fdt = Fdt::new(blob).map_err(|_| BoardError::Malformed)?;
        uart::frame(&tree::Top::of(fdt.root())?)
    }

    /// The CPU with this affinity (MPIDR_EL1 without its flag bits), as a place in [`Board::cpus`].
    pub fn cpu_index(&self, affinity: u64) -> Option<usize> {
        self.cpus.iter().position(|cpu| cpu.affinity == affinity)
    }
}
