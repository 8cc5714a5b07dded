//! Debian packages without touching the machine's own apt state.
//!
//! The machine's sources say where the archive is ([`sources`]); suites and architectures it does not list
//! are read through a private configuration with its own lists and cache ([`private`]).

mod private;
mod sources;

pub(crate) use private::PrivateApt;
pub(crate) use sources::{Entry, machine_archive};
