//! The `bulkhead` command. Exit codes: 0 done, 1 the thing asked for failed, 2 wrong usage.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use bulkhead::cli::Cli;
use clap::Parser;
use miette::MietteHandlerOpts;

fn main() -> ExitCode {
    // A command line in a report must survive being copied: no line breaks of our own. Only the first caller
    // may install a hook, and this is it.
    let _ = miette::set_hook(Box::new(|_| Box::new(MietteHandlerOpts::new().wrap_lines(false).build())));
    match bulkhead::commands::execute(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => {
            eprintln!("{report:?}");
            ExitCode::FAILURE
        }
    }
}
