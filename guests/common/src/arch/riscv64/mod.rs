//! riscv64: supervisor mode of a hart with Sstc, SBI firmware and an NS16550A. What the guest is built for has no
//! floating point.

pub mod aia;
pub mod calls;
pub mod interrupts;
pub(crate) mod machine;
pub mod mmio;
pub mod plic;
pub(crate) mod probe;
pub mod timer;
pub mod translation;

pub(crate) mod exceptions;
pub(crate) mod uart;

mod entry;
mod mmu;

pub(crate) use mmu::enable as enable_translation;
