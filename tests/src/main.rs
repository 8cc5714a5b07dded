//! Command line of the system tests: `systest [NAME …] [--list]`; normally called as `cargo xtask test`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Parser;
use setup::{Need, Setup, Verbosity};
use systest::{Scenario, runner, scenarios};

/// Boots partitions on QEMU and checks what their guests say.
#[derive(Debug, Parser)]
struct Cli {
    /// Only the tests of these names
    names: Vec<String>,
    /// Print the names instead of running anything
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    bulkhead::keep_lines_whole();
    let all = scenarios::all();
    if cli.list {
        all.iter().for_each(|scenario| println!("{}", scenario.name));
        return ExitCode::SUCCESS;
    }
    match run(&cli.names, &all) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("systest: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the tests of these names (all where none is given); whether they passed.
fn run(names: &[String], all: &[Scenario]) -> Result<bool, String> {
    if let Some(name) = names.iter().find(|name| all.iter().all(|scenario| scenario.name != **name)) {
        return Err(format!("there is no system test {name}; --list prints the names"));
    }
    let chosen: Vec<&Scenario> = all
        .iter()
        .filter(|scenario| names.is_empty() || names.iter().any(|name| name == scenario.name))
        .collect();
    let set_up = || -> Result<Setup, setup::SetupError> {
        let setup = Setup::open(Verbosity::WorkOnly)?;
        setup.ensure(&[Need::Emulator, Need::CoreLibraries])?;
        Ok(setup)
    };
    let setup = set_up().map_err(|error| match error.way_out() {
        Some(way_out) => format!("{error}\n  {way_out}"),
        None => error.to_string(),
    })?;
    Ok(runner::run(&setup, &chosen))
}
