//! What is particular to an architecture, under the same names for each.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "aarch64")]
pub(crate) use aarch64::*;

#[cfg(target_arch = "riscv64")]
mod riscv64;
#[cfg(target_arch = "riscv64")]
pub(crate) use riscv64::*;

use common::fault::Fault;
use common::probe;

/// A store instruction, with a return behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store(u64);

unsafe extern "C" {
    safe fn ivc_stores();
}

impl Store {
    /// Stores (part of) `value` at `address`, which is 16-byte-aligned.
    pub(crate) fn run(self, address: u64, value: u64) -> Result<u64, Fault> {
        let code = ivc_stores as *const () as u64 + self.0 * 8;
        // SAFETY: the code stores where the caller says, in shared memory, and changes argument registers only.
        unsafe { probe::run(code, address, value, value) }
    }
}
