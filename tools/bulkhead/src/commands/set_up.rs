//! `bulkhead setup`.

use setup::{Arch, Need, Setup, Verbosity};

use crate::Failure;
use crate::cli::{Part, SetUp};

pub(super) fn set_up(arguments: &SetUp) -> miette::Result<()> {
    let setup = Setup::open(Verbosity::Everything).map_err(Failure::from)?;
    for arch in Arch::ALL {
        if arguments.arch.as_deref().is_none_or(|only| only == arch.name) {
            setup.ensure(arch, &needs(arguments.only)).map_err(Failure::from)?;
        }
    }
    Ok(())
}

/// What a part consists of; everything where none is named.
fn needs(only: Option<Part>) -> Vec<Need> {
    let parts = [
        (Part::Qemu, Need::Emulator),
        (Part::Core, Need::CoreLibraries),
        (Part::Guests, Need::FetchedPayloads),
    ];
    let wanted = |part| only.is_none_or(|only| only == part);
    parts.into_iter().filter(|(part, _)| wanted(*part)).map(|(_, need)| need).collect()
}
