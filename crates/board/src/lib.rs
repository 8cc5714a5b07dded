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
mod device;
mod error;
mod fdt;
mod interrupts;
mod isa;
mod memory;
mod tree;
mod uart;

pub use cpus::{Arch, Cpu, Firmware, PsciConduit};
pub use device::{Device, DeviceInterrupt, DeviceInterruptError, MAX_INTERRUPTS, MAX_REGISTERS};
pub use error::BoardError;
pub use interrupts::aia::{Aia, Aplic, Imsic, MAX_IMSIC_REGIONS};
pub use interrupts::gic::{Gicv3, MAX_REDISTRIBUTOR_REGIONS};
pub use interrupts::gicv2::{Gicv2, Gicv2Error, MAX_GICV2_CPUS};
pub use interrupts::guest_files::{GuestFile, GuestFiles};
pub use interrupts::plic::Plic;
pub use interrupts::{InterruptController, MAX_SOURCES};
pub use isa::{Extension, Extensions};
pub use uart::{Uart, UartKind};

use addr::{HostPhys, Range};
use fdt::Fdt;
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
    pub firmware: Firmware,
    /// Hz of riscv64's `time` counter (privileged specification, mtime). `None` on arm64, where CNTFRQ_EL0 says it.
    pub timebase_frequency: Option<u32>,
    /// What all harts of a riscv64 board have.
    pub extensions: Extensions,
    /// The interrupt controller at the root of the tree of interrupts; on riscv64 the one that the console is
    /// connected to, as supervisor level sees it.
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
        let fdt = Fdt::new(blob).ok_or(BoardError::Malformed)?;
        let top = tree::Top::of(fdt.root())?;
        let arch = cpus::arch(&top);
        let ram = memory::ram(&top)?;
        let reserved = memory::reserved(&fdt, &top)?;
        let cpus = cpus::read(&top)?;
        let (firmware, timebase_frequency) = match arch {
            Arch::Arm64 if Arch::Arm64.is_read() => (Firmware::Psci(cpus::conduit(&top)?), None),
            Arch::Riscv64 if Arch::Riscv64.is_read() => {
                (Firmware::Sbi, Some(cpus::timebase_frequency(&top)?))
            }
            _ => return Err(BoardError::OtherArch),
        };
        let interrupt_controller = interrupts::read(&top, arch, cpus.len())?;
        let uart = uart::read(&top, arch)?;
        let initrd = chosen::initrd(&top)?;
        let extensions = if Arch::Riscv64.is_read() { cpus::extensions(&top) } else { Extensions::default() };
        Ok(Self {
            ram,
            reserved,
            cpus,
            firmware,
            timebase_frequency,
            extensions,
            interrupt_controller,
            uart,
            initrd,
        })
    }

    /// The architecture of a tree's CPUs alone, whatever else it has or lacks.
    ///
    /// # Errors
    ///
    /// [`BoardError`] where the tree is damaged or lists no CPUs.
    pub fn arch_of(blob: &[u8]) -> Result<Arch, BoardError> {
        let fdt = Fdt::new(blob).ok_or(BoardError::Malformed)?;
        Ok(cpus::arch(&tree::Top::of(fdt.root())?))
    }

    /// Its architecture.
    pub fn arch(&self) -> Arch {
        match self.firmware {
            Firmware::Psci(_) => Arch::Arm64,
            Firmware::Sbi => Arch::Riscv64,
        }
    }

    /// The console's frame and kind alone, for telling somebody what else the board lacks.
    ///
    /// # Errors
    ///
    /// [`BoardError`] where the tree is damaged or names no supported console.
    pub fn console(blob: &[u8]) -> Result<(Range<HostPhys>, UartKind), BoardError> {
        let fdt = Fdt::new(blob).ok_or(BoardError::Malformed)?;
        uart::frame_and_kind(&tree::Top::of(fdt.root())?)
    }

    /// The CPU with this [`Cpu::hardware_id`] (of MPIDR_EL1: without its flag bits), as a place in
    /// [`Board::cpus`].
    pub fn cpu_index(&self, hardware_id: u64) -> Option<usize> {
        self.cpus.iter().position(|cpu| cpu.hardware_id == hardware_id)
    }
}
