//! Translation tables as pure data: what is written into which entry, in which order, with no hardware near.
//!
//! - [`Tree`] is the walk: it maps, unmaps, splits, translates and lists, for any format with 4 KiB pages and
//!   512 entries a table.
//! - [`Format`] is what an architecture's descriptor looks like; [`aarch64`] has stage 2 (the zones' memory)
//!   and EL2 stage 1 (the hypervisor's own) of VMSAv8-64, Arm ARM (DDI 0487) chapter D8; [`riscv64`] has the
//!   G-stage and HS-mode's stage 1 of Sv39 and Sv48, RISC-V privileged specification.
//! - [`Tables`] is the memory that the tables lie in; the hypervisor implements it over its page pool.
//!
//! Two rules hold everywhere. *Check first, then bind*: an operation that fails has changed no translation.
//! *No TLB lags behind*: when an operation returns, every entry that it changed has been invalidated as the
//! architecture wants it ([`Maintenance`]).
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

pub mod aarch64;
mod error;
mod format;
mod level;
mod position;
pub mod riscv64;
mod tables;
mod tree;
mod walk;
mod worst_case;

pub use error::MapError;
pub use format::{Entry, Format, Maintenance, Shape};
pub use level::Level;
pub use tables::Tables;
pub use tree::{Leaf, Leaves, Tree};
