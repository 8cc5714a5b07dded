//! `bulkhead check`.

use std::fs;

use setup::Setup;

use super::{print, read};
use crate::Failure;
use crate::cli::Check;

pub(super) fn check(setup: &Setup, arguments: &Check) -> miette::Result<()> {
    let partition = read(setup, &arguments.file, arguments.dtb.as_deref())?;
    print(partition.plan().table().as_bytes())?;
    if let Some(path) = &arguments.svg {
        fs::write(path, partition.plan().svg()).map_err(|error| {
            Failure::new(format!("cannot write {}: {error}", path.display()))
                .help("name another file with --svg")
        })?;
    }
    Ok(())
}
