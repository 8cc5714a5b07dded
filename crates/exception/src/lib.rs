//! Exceptions as data: what a syndrome of EL2 says (AArch64), and the state in which a guest takes an exception that
//! the hypervisor gives it; [`riscv64`] has that of the other architecture. Pure, so that every case is tested on the
//! host.
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

mod abort;
mod class;
mod fault_loop;
mod inject;
pub mod riscv64;

pub use abort::{Abort, Fault, RegisterAccess};
pub use class::Class;
pub use fault_loop::FaultLoop;
pub use inject::{GuestState, Injected, Injection};
