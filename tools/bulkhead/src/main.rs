//! The `bulkhead` command. Exit codes: 0 done, 1 the thing asked for failed, 2 wrong usage.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use bulkhead::cli::Cli;
use clap::Parser;

fn main() -> ExitCode {
    bulkhead::keep_lines_whole();
    match bulkhead::commands::execute(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => {
            eprintln!("{report:?}");
            ExitCode::FAILURE
        }
    }
}
