//! Stage 1 of HS-mode, and what its changes need of the hardware.

use core::sync::atomic::{AtomicBool, Ordering};

use paging::MapError;
use paging::riscv64::{MemoryTypes, Mode};
pub use paging::riscv64::{Stage1, Stage1Attributes};

use super::bare::image;
use super::csr;
use crate::arch::bare::space::Use;

/// satp.MODE of Sv48.
const SATP_MODE_SV48: u64 = 9;

/// What the hypervisor writes and never executes.
pub const DATA: Stage1Attributes = Stage1Attributes::Data;

static SVPBMT: AtomicBool = AtomicBool::new(false);

/// How mappings for a use are to be made.
pub fn attributes(purpose: Use) -> Stage1Attributes {
    match purpose {
        Use::Constant => Stage1Attributes::Constant,
        Use::ZoneRam => Stage1Attributes::Data,
        Use::Device => Stage1Attributes::Device,
    }
}

/// Remembers whether all harts have page-based memory types (Svpbmt).
pub fn use_svpbmt(present: bool) {
    SVPBMT.store(present, Ordering::Relaxed);
}

/// Where memory types come from.
pub fn memory_types() -> MemoryTypes {
    if SVPBMT.load(Ordering::Relaxed) { MemoryTypes::Svpbmt } else { MemoryTypes::Physical }
}

/// Goes on with the tables that entry code filled, in the mode that it found.
///
/// # Errors
///
/// None here.
pub fn adopt() -> Result<Stage1, MapError> {
    let root = image::to_physical(image::root_table());
    let (mode, root) = match csr::satp() >> 60 {
        SATP_MODE_SV48 => (Mode::Sv48, root),
        // Sv39's root is the next page.
        _ => (Mode::Sv39, root.checked_add(addr::PAGE_SIZE).unwrap_or(root)),
    };
    Ok(Stage1::adopt(root, mode, memory_types()))
}

/// An entry of a table was written: what follows makes it be seen.
pub fn table_written() {}

/// Forgets what this hart keeps of the hypervisor's own addresses. Other harts begin later, with nothing.
pub fn forget(_: u64, _: u64) {
    // SAFETY: forgetting cached translations is always allowed; the tables decide.
    unsafe { core::arch::asm!("sfence.vma", options(nostack)) };
}
