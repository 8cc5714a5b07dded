//! The registers of the distributor and redistributor frames (IHI 0069, 12.8 to 12.11), and of a GICv2's distributor
//! (IHI 0048B, 4.3).
//!
//! [`table`] says which there are; each other module holds what one kind of register does. A distributor
//! register of 32 SPIs and its redistributor twin for the SGIs and PPIs are the same code on another
//! [`Bank`](crate::bank::Bank); so are the registers that a GICv2 has for each vCPU.

mod active;
mod bytes;
mod config;
mod control;
mod dispatch;
mod enable;
mod group;
pub(crate) mod identification;
mod pending;
mod priority;
mod quick;
pub(crate) mod routing;
pub(crate) mod sgi;
pub(crate) mod table;
mod targets;

pub use quick::{Poked, shared_at};
pub use table::{Access, Frame};
