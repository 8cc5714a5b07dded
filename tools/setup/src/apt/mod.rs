//! Debian packages without touching the machine's own apt state.
//!
//! The machine's sources say where the archive is ([`sources`]); suites and architectures it does not list
//! are read through a private configuration with its own lists and cache ([`private`]).

mod private;
mod sources;

pub(crate) use private::PrivateApt;
pub(crate) use sources::{Entry, machine_archive};

use crate::progress::Step;
use crate::{Arch, Setup, SetupError};

/// An apt that reads an architecture's packages of `suite`.
pub(crate) fn foreign(
    setup: &Setup,
    arch: &Arch,
    suite: &str,
    step: &Step,
) -> Result<PrivateApt, SetupError> {
    reader(setup, &format!("{suite}-{}", arch.debian), suite, Some(arch.debian), step)
}

/// An apt that reads this machine's packages of `suite`.
pub(crate) fn of_machine(setup: &Setup, suite: &str, step: &Step) -> Result<PrivateApt, SetupError> {
    reader(setup, suite, suite, None, step)
}

/// An apt with its state in the cache's folder `name`.
fn reader(
    setup: &Setup,
    name: &str,
    suite: &str,
    architecture: Option<&str>,
    step: &Step,
) -> Result<PrivateApt, SetupError> {
    let archive = machine_archive()?;
    let folder = setup.cache.join("apt").join(name);
    let apt = PrivateApt::new(folder, &[archive.suite(suite)], architecture)?;
    apt.update(step)?;
    Ok(apt)
}
