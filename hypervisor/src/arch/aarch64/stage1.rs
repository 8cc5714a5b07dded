//! Stage 1 of EL2, and what its changes need of the hardware (Arm ARM DDI 0487, D8.17 "TLB maintenance").

use addr::PAGE_SIZE;
use paging::MapError;
use paging::aarch64::Permission;
pub use paging::aarch64::{Stage1, Stage1Attributes};

use super::bare::image;
use super::bare::space::Use;
use super::registers::{dsb, id_register, isb};

/// Physical address bits of this CPU as ID_AA64MMFR0_EL1.PARange says, at most 48.
pub fn physical_bits() -> u8 {
    paging::aarch64::physical_bits((id_register!("S3_0_C0_C7_0") & 0xf) as u8).unwrap_or(32)
}

/// What the hypervisor writes and never executes.
pub const DATA: Stage1Attributes = Stage1Attributes::Normal(Permission::ReadWrite);

/// How mappings for a use are to be made.
pub fn attributes(purpose: Use) -> Stage1Attributes {
    match purpose {
        Use::Constant => Stage1Attributes::Normal(Permission::ReadOnly),
        Use::ZoneRam => DATA,
        Use::Device => Stage1Attributes::Device,
    }
}

/// Goes on with the tables that entry code filled.
///
/// # Errors
///
/// [`MapError`] where the CPU has a size of physical addresses that does not exist.
pub fn adopt() -> Result<Stage1, MapError> {
    Stage1::adopt(image::to_physical(image::root_table()), physical_bits())
}

/// An entry of a table was written: translations from now on see it.
pub fn table_written() {
    dsb();
    isb();
}

/// Forgets what this machine's CPUs keep of `size` bytes of the hypervisor's own addresses.
pub fn forget(input_address: u64, size: u64) {
    dsb();
    for page in (0..size).step_by(PAGE_SIZE as usize) {
        let operand = input_address.wrapping_add(page) >> 12;
        // SAFETY: forgetting cached translations is always allowed; the tables decide.
        unsafe { core::arch::asm!("tlbi vae2is, {}", in(reg) operand, options(nostack, preserves_flags)) };
    }
    dsb();
    isb();
}
