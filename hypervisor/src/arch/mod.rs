//! The architecture. Each module defines the same names; this is the one place that picks one. `fake` serves
//! the host, so that everything above this line is unit-tested by `cargo test`.

#[cfg(target_os = "none")]
mod bare;

#[cfg(any(not(target_os = "none"), target_arch = "aarch64"))]
pub mod arm;

#[cfg(all(target_os = "none", target_arch = "aarch64"))]
mod aarch64;
#[cfg(all(target_os = "none", target_arch = "aarch64"))]
pub use aarch64::*;

#[cfg(all(target_os = "none", target_arch = "riscv64"))]
mod riscv64;
#[cfg(all(target_os = "none", target_arch = "riscv64"))]
pub use riscv64::*;

#[cfg(not(target_os = "none"))]
#[allow(clippy::panic, reason = "a panic of the fake machine is a test's to see")]
mod fake;
#[cfg(not(target_os = "none"))]
pub use fake::*;
