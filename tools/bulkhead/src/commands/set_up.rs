//! `bulkhead setup`.

use setup::{Need, Setup, Verbosity};

use crate::Failure;
use crate::cli::{Part, SetUp};

/// The payloads that are fetched; the others are built from this repository when they are needed.
const FETCHED: [&str; 3] = ["linux-6.12", "linux-6.1", "busybox"];

pub(super) fn set_up(arguments: &SetUp) -> miette::Result<()> {
    let setup = Setup::open(Verbosity::Everything).map_err(Failure::from)?;
    setup.ensure(&needs(arguments.only)).map_err(Failure::from)?;
    Ok(())
}

/// What a part consists of; everything where none is named.
fn needs(only: Option<Part>) -> Vec<Need> {
    let wanted = |part| only.is_none_or(|only| only == part);
    let mut needs = Vec::new();
    if wanted(Part::Qemu) {
        needs.push(Need::Emulator);
    }
    if wanted(Part::Core) {
        needs.push(Need::CoreLibraries);
    }
    if wanted(Part::Guests) {
        needs.extend(FETCHED.map(|name| Need::Payload(name.to_owned())));
    }
    needs
}
