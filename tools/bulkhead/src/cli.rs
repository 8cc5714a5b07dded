//! The command line.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use setup::Arch;

/// Bulkhead: split one machine into zones that cannot touch each other.
///
/// A partition is one file, zones.toml: which zones there are, and which CPUs, memory, kernel and devices each
/// has. `bulkhead schema` prints a JSON schema of it for editors; examples/ has files that run.
#[derive(Debug, Parser)]
#[command(name = "bulkhead", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Boot a partition on QEMU, every zone's console in this terminal
    ///
    /// The first run brings everything that is missing on this machine (QEMU, the guests' kernels, the
    /// hypervisor's image). Each console line begins with the name of its zone. Keys:
    ///   Ctrl-] DIGIT   send the keyboard to that zone (1 is the first of the file)
    ///   Ctrl-] s       how often each vCPU was left, by cause
    ///   Ctrl-] q       power the machine off
    ///   Ctrl-] Ctrl-]  a literal Ctrl-]
    #[command(
        verbatim_doc_comment,
        after_help = "Examples:\n  bulkhead run examples/two-linux-arm64.toml\n  \
                      bulkhead run examples/two-linux-riscv64.toml --headless --timeout 120\n  \
                      bulkhead run zones.toml -- -d int -D exceptions.log"
    )]
    Run(Run),
    /// Check a partition and print it as a table
    ///
    /// Reports every error with its place in the file: nothing is left for the board to find out.
    #[command(
        after_help = "Examples:\n  bulkhead check zones.toml\n  bulkhead check zones.toml --svg partition.svg\n  \
                      bulkhead check zones.toml --dtb board.dtb"
    )]
    Check(Check),
    /// Write what a boot loader needs: the hypervisor's image and the bundle of zones
    ///
    /// The image has the Linux Image header and the bundle takes the place of the initrd, so that every
    /// boot loader that boots Linux boots the partition.
    #[command(after_help = "Example:\n  bulkhead bundle zones.toml -o out")]
    Bundle(Bundle),
    /// Write the device tree that a zone's guest will see
    #[command(
        after_help = "Examples:\n  bulkhead dtb zones.toml linux-a --dts\n  bulkhead dtb zones.toml linux-a -o a.dtb"
    )]
    Dtb(Dtb),
    /// Print the JSON schema of zones.toml
    ///
    /// Editors with a TOML language server check and complete a file whose first line is
    /// `#:schema path/to/zones.schema.json`.
    Schema,
    /// Print the completion script for a shell
    #[command(
        after_help = "Example:\n  bulkhead completions bash > ~/.local/share/bash-completion/completions/bulkhead"
    )]
    Completions {
        /// The shell that will read it
        shell: Shell,
    },
    /// Bring everything that this machine lacks
    ///
    /// `run` and the others do this by themselves; this command does it ahead of time, or as root for a user who
    /// may not install packages.
    Setup(SetUp),
}

/// Arguments of `run`.
#[derive(Args, Debug)]
pub struct Run {
    /// The partition (zones.toml)
    pub file: PathBuf,
    /// For scripts: no keyboard; exit with 0 when every zone has powered itself off, otherwise with 1 and the
    /// reason
    #[arg(long)]
    pub headless: bool,
    /// Seconds that a headless run may take
    #[arg(long, value_name = "SECONDS", requires = "headless", default_value_t = 300)]
    pub timeout: u64,
    /// Also write the console to this file
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Further arguments for QEMU
    #[arg(last = true, value_name = "QEMU ARGUMENTS")]
    pub extra: Vec<String>,
}

/// Arguments of `check`.
#[derive(Args, Debug)]
pub struct Check {
    /// The partition (zones.toml)
    pub file: PathBuf,
    /// Also draw it: who owns which memory, CPUs and interrupts
    #[arg(long, value_name = "OUT")]
    pub svg: Option<PathBuf>,
    /// Check against this board's device tree instead of the one that the file names
    #[arg(long, value_name = "BOARD.DTB")]
    pub dtb: Option<PathBuf>,
}

/// Arguments of `bundle`.
#[derive(Args, Debug)]
pub struct Bundle {
    /// The partition (zones.toml)
    pub file: PathBuf,
    /// The folder to write into; made if missing
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Plan for this board's device tree instead of the one that the file names
    #[arg(long, value_name = "BOARD.DTB")]
    pub dtb: Option<PathBuf>,
}

/// Arguments of `dtb`.
#[derive(Args, Debug)]
pub struct Dtb {
    /// The partition (zones.toml)
    pub file: PathBuf,
    /// The zone's name
    pub zone: String,
    /// The file to write; standard output unless given
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// As source text instead of the binary form
    #[arg(long)]
    pub dts: bool,
    /// Plan for this board's device tree instead of the one that the file names
    #[arg(long, value_name = "BOARD.DTB")]
    pub dtb: Option<PathBuf>,
}

/// Arguments of `setup`.
#[derive(Args, Debug)]
pub struct SetUp {
    /// Only this part
    #[arg(long, value_enum)]
    pub only: Option<Part>,
    /// Only for this architecture
    #[arg(long, value_parser = PossibleValuesParser::new(Arch::ALL.map(|arch| arch.name)))]
    pub arch: Option<String>,
}

/// The parts of set-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// QEMU's system emulators with their firmware
    Qemu,
    /// The core libraries for the bare-metal targets
    Core,
    /// The guests' kernels and root file system
    Guests,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_timeout_without_headless_is_a_usage_error() {
        let error = Cli::try_parse_from(["bulkhead", "run", "zones.toml", "--timeout", "5"]);
        assert_eq!(error.expect_err("usage error").exit_code(), 2);
    }

    #[test]
    fn arguments_after_the_dashes_are_qemus() {
        let cli = Cli::try_parse_from(["bulkhead", "run", "zones.toml", "--", "-d", "int"]).expect("valid");
        let Command::Run(run) = cli.command else { panic!("not run: {cli:?}") };
        assert_eq!(run.extra, ["-d", "int"]);
    }
}
