//! The registers of the distributor and redistributor frames (IHI 0069, 12.8 to 12.11).
//!
//! [`table`] says which there are; each other module holds what one kind of register does. A distributor
//! register of 32 SPIs and its redistributor twin for the SGIs and PPIs are the same code on another
//! [`Bank`](crate::bank::Bank).

mod active;
mod config;
mod control;
mod dispatch;
mod enable;
mod group;
pub(crate) mod identification;
mod pending;
mod priority;
pub(crate) mod routing;
pub(crate) mod table;

pub use table::{Access, Frame};
