//! arm64: EL1 of an Armv8-A CPU with a GICv3 or GICv2 and a PL011.

pub mod calls;
pub mod interrupts;
pub(crate) mod machine;
pub(crate) mod probe;
pub mod timer;
pub mod translation;

pub(crate) mod exceptions;
pub(crate) mod uart;

mod entry;
mod mmu;

pub use exceptions::system_errors;
pub(crate) use mmu::enable as enable_translation;
