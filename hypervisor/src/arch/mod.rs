//! The architecture. Each module defines the same names; this is the one place that picks one. `fake` serves
//! the host, so that everything above this line is unit-tested by `cargo test`.

#[cfg(all(target_os = "none", target_arch = "aarch64"))]
mod aarch64;
#[cfg(all(target_os = "none", target_arch = "aarch64"))]
pub use aarch64::*;

#[cfg(not(target_os = "none"))]
mod fake;
#[cfg(not(target_os = "none"))]
pub use fake::*;
