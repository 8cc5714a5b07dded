//! `bulkhead run`.

use std::env;
use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::Duration;

use setup::Setup;

use super::read;
use crate::Failure;
use crate::cli::Run;
use crate::machine::{Input, Machine};
use crate::run::{Display, headless, interactive};

pub(super) fn run(setup: &Setup, arguments: &Run) -> miette::Result<()> {
    let partition = read(setup, &arguments.file, None)?;
    let partition = if colours_wanted() { partition } else { partition.without_colour() };
    let bootable = partition.bootable(setup)?;
    let log = arguments.log.as_deref().map(create).transpose()?;
    let zones: Vec<String> = bootable.zones().map(str::to_owned).collect();
    let display = Display::new(io::stdout(), log);
    let input = if arguments.headless { Input::None } else { Input::Pipe };
    let machine = Machine::start(&bootable, input, &arguments.extra).map_err(Failure::from)?;
    match arguments.headless {
        true => headless(machine, zones, Duration::from_secs(arguments.timeout), display)?,
        false => interactive(machine, zones, display)?,
    }
    Ok(())
}

/// Whether standard output is for a person who wants colours (no-color.org).
fn colours_wanted() -> bool {
    let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !refused && io::stdout().is_terminal()
}

fn create(path: &Path) -> Result<File, Failure> {
    File::create(path).map_err(|error| {
        Failure::new(format!("cannot write {}: {error}", path.display())).help("name another file with --log")
    })
}
