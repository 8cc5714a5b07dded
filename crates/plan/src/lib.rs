//! From a board's device tree and a zones.toml to a checked partition: who owns which CPU, page and interrupt,
//! what each guest is told of it, and the bundle that the hypervisor boots.
//!
//! [`resolve()`] finds every mistake that it can, and each [`Diagnostic`] points at its place in zones.toml,
//! with both owners where two collide. A [`Plan`] has passed the hypervisor's own checks too.
#![forbid(unsafe_code)]

mod channels;
pub mod config;
mod delivery;
mod devices;
mod diagnostic;
mod facts;
mod files;
mod guest_tree;
mod image;
mod isa;
mod lines;
mod memory;
mod ownership;
mod payload;
mod place;
mod plan;
mod resolve;
mod schema;
mod svg;
mod table;
mod virtual_devices;
mod zones;

pub use diagnostic::{Diagnostic, Label};
pub use files::FileProvider;
pub use manifest::Arch;
pub use plan::Plan;
pub use resolve::resolve;
pub use schema::schema;
