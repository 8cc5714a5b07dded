//! Translation tables as pure data: what is written into which entry, in which order, with no hardware near.
//!
//! - [`Tree`] is the walk: it maps, unmaps, splits, translates and lists, for any format with 4 KiB pages and
//!   512 entries a table.
//! - [`Format`] is what an architecture's descriptor looks like; [`aarch64`] has stage 2 (the zones' memory)
//!   and EL2 stage 1 (the hypervisor's own) of VMSAv8-64, Arm ARM (DDI 0487) chapter D8.
//! - [`Tables`] is the memory that the tables lie in; the hypervisor implements it over its page pool.
//!
//! Two rules hold everywhere. *Check first, then bind*: an operation that fails has changed no translation.
//! *Break before make* (DDI 0487, chapter D8, "Using break-before-make"): an entry that was valid is made
//! invalid and invalidated in the TLBs before it becomes valid again with another meaning.
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
mod tables;
mod tree;
mod worst_case;

pub use error::MapError;
pub use format::{Entry, Format};
pub use level::Level;
pub use tables::Tables;
pub use tree::{Leaf, Leaves, Tree};
