//! What a developer types: `cargo xtask setup`, `test`, `fuzz`, `bench`, `schema`.
#![forbid(unsafe_code)]

mod bench;
mod cargo;
mod fuzz;
mod members;
mod policy;
mod schema;
mod stage;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use setup::{Arch, Need, Setup, SetupError, Verbosity};

/// Bulkhead's development tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Bring everything that building and testing need to this machine
    Setup,
    /// Test everything, or some system tests
    Test {
        /// Only these system tests: BOARD/SCENARIO, SCENARIO (on every board) or BOARD (everything on it)
        name: Option<String>,
        /// Print the names of the system tests instead of testing
        #[arg(long, conflicts_with = "name")]
        list: bool,
    },
    /// Look for inputs that break a model
    Fuzz(fuzz::Options),
    /// Measure the hypervisor
    Bench {
        /// Print one JSON object of name: value
        #[arg(long)]
        json: bool,
        #[command(subcommand)]
        of: Option<BenchOf>,
    },
    /// Write docs/zones.schema.json anew
    Schema,
}

#[derive(Debug, Subcommand)]
enum BenchOf {
    /// Interrupts on arm64, beside Xen and KVM
    Irq(bench::irq::Options),
    /// Devices that zones own, mapped and in pages with others
    Devices(bench::devices::Options),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Setup => set_up(),
        Task::Test { name: Some(name), .. } => test::some(&name),
        Task::Test { list: true, .. } => test::list(),
        Task::Test { .. } => test::everything(),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Bench { of: Some(BenchOf::Irq(options)), .. } => bench::irq::run(&options),
        Task::Bench { json, of: Some(BenchOf::Devices(options)) } => bench::devices::run(&options, json),
        Task::Bench { json, of: None } => bench::run(json),
        Task::Schema => schema::write(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Why a task failed, as a message for the developer.
type Problem = String;

fn set_up() -> Result<(), Problem> {
    let bring = || -> Result<(), SetupError> {
        let setup = Setup::open(Verbosity::Everything)?;
        let everything = [Need::Emulator, Need::CoreLibraries, Need::FetchedPayloads];
        Arch::ALL.into_iter().try_for_each(|arch| setup.ensure(arch, &everything))
    };
    bring().map_err(describe)
}

/// A set-up error with its way out.
fn describe(error: SetupError) -> Problem {
    match error.way_out() {
        Some(way_out) => format!("{error}\n  {way_out}"),
        None => error.to_string(),
    }
}
