//! Calling cargo from the root of the workspace.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Problem;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A cargo command in the root; the words of `line` are its arguments.
pub(crate) fn cargo(line: &str) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(line.split_whitespace()).current_dir(root());
    cargo
}

/// A cargo command in a folder with a workspace of its own.
pub(crate) fn cargo_in(folder: &str, line: &str) -> Command {
    let mut cargo = cargo(line);
    cargo.current_dir(root().join(folder));
    cargo
}

/// A cargo command in the workspace of the bare-metal guests, which builds apart from the host's.
pub(crate) fn cargo_in_guests(line: &str) -> Command {
    let mut cargo = cargo_in("guests", line);
    cargo.env("CARGO_TARGET_DIR", root().join("target/guests"));
    cargo
}

/// The target triple of this machine. Options for instrumented code need it named, so that build scripts are left alone.
pub(crate) fn host_target() -> Result<String, Problem> {
    let mut rustc = Command::new("rustc");
    let description = capture(rustc.arg("-vV").current_dir(root()))?;
    let description = String::from_utf8_lossy(&description);
    let host = description.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc -vV does not name its host".to_owned())
}

/// Runs a command with its output shown; an error names it.
pub(crate) fn show(command: &mut Command) -> Result<(), Problem> {
    let status =
        command.status().map_err(|error| format!("`{}` cannot be started: {error}", line(command)))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("`{}` failed ({status})", line(command))),
    }
}

/// Runs a command and returns its standard output; its complaints are shown.
pub(crate) fn capture(command: &mut Command) -> Result<Vec<u8>, Problem> {
    command.stderr(std::process::Stdio::inherit());
    let output =
        command.output().map_err(|error| format!("`{}` cannot be started: {error}", line(command)))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(format!("`{}` failed ({})", line(command), output.status)),
    }
}

/// The command line as a developer would type it.
fn line(command: &Command) -> String {
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    format!("cargo {}", words.join(" "))
}
