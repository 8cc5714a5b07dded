//! From a board's device tree and a zones.toml to a checked partition.
#![forbid(unsafe_code)]
pub mod config;
mod diagnostic;
mod schema;

pub use diagnostic::{Diagnostic, Label};
pub use schema::schema;
