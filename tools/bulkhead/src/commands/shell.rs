//! `bulkhead schema` and `bulkhead completions`: texts for editors and shells.

use clap::CommandFactory;
use clap_complete::Shell;

use super::print;
use crate::Failure;
use crate::cli::Cli;

pub(super) fn schema() -> miette::Result<()> {
    let mut text = serde_json::to_string_pretty(&plan::schema())
        .map_err(|error| Failure::new(format!("the schema cannot be printed: {error}")))?;
    text.push('\n');
    print(text.as_bytes())?;
    Ok(())
}

pub(super) fn completions(shell: Shell) -> miette::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "bulkhead", &mut script);
    print(&script)?;
    Ok(())
}
