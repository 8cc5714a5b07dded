//! Command line of the system tests: `systest [NAME …] [--list]`; normally called as `cargo xtask test`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Parser;
use setup::{Arch, Need, Setup, SetupError, Verbosity};
use systest::scenario::Test;
use systest::{Scenario, runner, scenarios};

/// Boots partitions on QEMU and checks what their guests say.
#[derive(Debug, Parser)]
struct Cli {
    /// Only these: BOARD/SCENARIO, SCENARIO (on every board) or BOARD (everything on it)
    names: Vec<String>,
    /// Print the names instead of running anything
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    bulkhead::keep_lines_whole();
    let scenarios = scenarios::all();
    // Board by board: what breaks one architecture shows as one block.
    let mut all: Vec<Test> = scenarios.iter().flat_map(Scenario::tests).collect();
    all.sort_by_key(|test| test.board.name);
    if cli.list {
        all.iter().for_each(|test| println!("{}", test.name()));
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

/// Runs the tests that these names mean (all where none is given); whether they passed.
fn run(names: &[String], all: &[Test<'_>]) -> Result<bool, String> {
    if let Some(name) = names.iter().find(|name| all.iter().all(|test| !test.is_meant_by(name))) {
        return Err(format!("there is no system test {name}; --list prints the names"));
    }
    let is_chosen = |test: &&Test<'_>| names.is_empty() || names.iter().any(|name| test.is_meant_by(name));
    let chosen: Vec<Test<'_>> = all.iter().filter(is_chosen).copied().collect();
    let setup = set_up(&chosen).map_err(|error| match error.way_out() {
        Some(way_out) => format!("{error}\n  {way_out}"),
        None => error.to_string(),
    })?;
    Ok(runner::run(&setup, &chosen))
}

/// Brings what the tests' architectures need.
fn set_up(tests: &[Test<'_>]) -> Result<Setup, SetupError> {
    let setup = Setup::open(Verbosity::WorkOnly)?;
    for arch in Arch::ALL {
        if tests.iter().any(|test| test.board.arch == arch) {
            setup.ensure(arch, &[Need::Emulator, Need::CoreLibraries])?;
        }
    }
    Ok(setup)
}
