//! The subcommands, one file each.

mod bundle;
mod check;
mod dtb;
mod run;
mod set_up;
mod shell;

use std::io::{self, Write};

use setup::{Setup, Verbosity};

use crate::Failure;
use crate::cli::{Cli, Command};

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

/// Prints a command's result. A reader that has gone away (`| head`) is no failure.
fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
