//! What there is to measure on the architecture that the guest is built for.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "riscv64")]
mod riscv64;

#[cfg(target_arch = "aarch64")]
pub(crate) use aarch64::measure;
#[cfg(target_arch = "riscv64")]
pub(crate) use riscv64::measure;
