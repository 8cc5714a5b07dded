//! The subcommands, one file each.

mod bundle;
mod check;
mod dtb;
mod run;
mod set_up;
mod shell;

use std::io::{self, Write};
use std::path::Path;

use setup::{Setup, Verbosity};

use crate::Failure;
use crate::cli::{Cli, Command};
use crate::partition::Partition;

/// Does what the command line asks for.
///
/// # Errors
/// A report for the user; every subcommand says in its help what can go wrong.
pub fn execute(cli: Cli) -> miette::Result<()> {
    match cli.command {
        Command::Run(arguments) => run::run(&open()?, &arguments),
        Command::Check(arguments) => check::check(&open()?, &arguments),
        Command::Bundle(arguments) => bundle::bundle(&open()?, &arguments),
        Command::Dtb(arguments) => dtb::dtb(&open()?, &arguments),
        Command::Schema => shell::schema(),
        Command::Completions { shell } => shell::completions(shell),
        Command::Setup(arguments) => set_up::set_up(&arguments),
    }
}

/// The set-up that subcommands fall back on: it speaks up only when it has work to do.
fn open() -> Result<Setup, Failure> {
    Ok(Setup::open(Verbosity::WorkOnly)?)
}

/// Plans the partition of a file and prints what is odd about it.
fn read(setup: &Setup, file: &Path, dtb: Option<&Path>) -> miette::Result<Partition> {
    let partition = Partition::of_file(setup, file, dtb)?;
    if let Some(warnings) = partition.warnings() {
        eprintln!("{warnings:?}");
    }
    Ok(partition)
}

/// Prints a command's result. A reader that has gone away (`| head`) is no failure.
fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
