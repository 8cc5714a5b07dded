//! `cargo xtask fuzz`: the fuzz targets of `fuzz/`, built as cargo-fuzz builds them, without needing it.

mod corpus;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use clap::Args;
use serde_json::Value;

use crate::Problem;
use crate::cargo::{capture, cargo_in, host_target, root, show};

/// What is fuzzed, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only this target
    target: Option<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Run the target on this input alone
    #[arg(long, requires = "target")]
    input: Option<PathBuf>,
    /// Make the target's corpus anew: so many inputs of all that runs have found
    #[arg(long, value_name = "COUNT", requires = "target", conflicts_with = "input")]
    choose: Option<usize>,
}

/// Inputs that each target is given in `cargo xtask test`, its corpus among them.
const BOUNDED_RUNS: u32 = 5_000;

/// The compiler's options that let libFuzzer see which code an input reaches; those of cargo-fuzz, and as stable.
/// The models forbid unsafe code: there is nothing for a sanitizer to find.
const INSTRUMENTATION: &str = "--cfg fuzzing -Cpasses=sancov-module -Ccodegen-units=1 \
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

/// What an input may take: one that needs more is a crash.
const LIMITS: [&str; 2] = ["-timeout=20", "-rss_limit_mb=1024"];

/// Fuzzes for as long as the developer wishes. What is found stays in `target/fuzz` from run to run.
pub(crate) fn run(options: &Options) -> Result<(), Problem> {
    let programs = Programs::build()?;
    let targets = match &options.target {
        Some(name) if programs.targets.contains(name) => vec![name.clone()],
        Some(name) => return Err(format!("no target {name}; there are {}", programs.targets.join(", "))),
        None => programs.targets.clone(),
    };
    for name in targets {
        let mut command = programs.command(&name)?;
        if let Some(input) = &options.input {
            return programs.play(&name, input);
        }
        if let Some(count) = options.choose {
            return corpus::choose(command, &name, count);
        }
        make(&found(&name))?;
        command.arg(format!("-max_total_time={}", options.seconds)).arg(found(&name)).arg(corpus(&name));
        println!("=== {name}");
        if !start(&mut command)?.status.success() {
            return Err(format!("an input was found that breaks {name}"));
        }
    }
    Ok(())
}

/// Replays each corpus and goes on from it for a number of inputs, the same ones every time.
pub(crate) fn bounded() -> Result<(), Problem> {
    let programs = Programs::build()?;
    let mut failed = Vec::new();
    for name in &programs.targets {
        // What is found in this run is not for the next.
        let new = tempfile::tempdir().map_err(|error| format!("no folder for inputs: {error}"))?;
        let mut command = programs.command(name)?;
        command.args([format!("-runs={BOUNDED_RUNS}"), "-seed=1".to_owned()]);
        command.arg(new.path()).arg(corpus(name)).stderr(Stdio::piped());
        let output = start(&mut command)?;
        if !output.status.success() {
            report(name, &String::from_utf8_lossy(&output.stderr));
            failed.push(name.as_str());
        }
    }
    if failed.is_empty() {
        println!("{} targets, {BOUNDED_RUNS} inputs each", programs.targets.len());
        return Ok(());
    }
    Err(format!("inputs were found that break {}", failed.join(", ")))
}

/// Says what broke a target, without libFuzzer's progress until then.
fn report(name: &str, output: &str) {
    for line in output.lines().filter(|line| !line.starts_with('#')) {
        println!("{line}");
        if let Some((_, input)) = line.split_once("Test unit written to ") {
            println!("to see it again: cargo xtask fuzz {name} --input {input}");
        }
    }
}

/// Runs a program. Its output is shown, save what is piped.
fn start(program: &mut Command) -> Result<Output, Problem> {
    let child = program.stdin(Stdio::null()).stdout(Stdio::inherit()).spawn();
    child
        .and_then(Child::wait_with_output)
        .map_err(|error| format!("{} cannot be started: {error}", program.get_program().display()))
}

/// Lints the targets, with what a build of them needs.
pub(crate) fn lint() -> Result<(), Problem> {
    show(&mut cargo("clippy", "--quiet -- -D warnings")?)
}

/// The built targets.
struct Programs {
    folder: PathBuf,
    targets: Vec<String>,
}

impl Programs {
    fn build() -> Result<Self, Problem> {
        Command::new("c++")
            .arg("--version")
            .output()
            .map_err(|error| format!("libFuzzer is compiled by c++, which cannot be started: {error}"))?;
        show(&mut cargo("build", "--quiet")?)?;
        let folder = target_folder().join(host_target()?).join("release");
        Ok(Self { folder, targets: targets()? })
    }

    /// Shows what a target makes of an input, then runs it.
    fn play(&self, name: &str, input: &Path) -> Result<(), Problem> {
        let input = input.canonicalize().map_err(|error| format!("{}: {error}", input.display()))?;
        start(self.command(name)?.arg(&input).env("RUST_LIBFUZZER_DEBUG_PATH", "/dev/stdout"))?;
        match start(self.command(name)?.arg(&input))?.status.success() {
            true => Ok(()),
            false => Err(format!("the input breaks {name}")),
        }
    }

    fn command(&self, name: &str) -> Result<Command, Problem> {
        let mut artifacts = root().join("fuzz/artifacts").join(name);
        make(&artifacts)?;
        // libFuzzer puts it before the names of files: it must end in a separator.
        artifacts.push("");
        let mut command = Command::new(self.folder.join(name));
        command.args(LIMITS).arg(format!("-artifact_prefix={}", artifacts.display()));
        Ok(command)
    }
}

/// A cargo command on the targets, instrumented. The machine is named, so that build scripts are left alone.
fn cargo(subcommand: &str, rest: &str) -> Result<Command, Problem> {
    let host = host_target()?;
    let mut cargo = cargo_in("fuzz", &format!("{subcommand} --locked --release --target {host} {rest}"));
    cargo.env("RUSTFLAGS", INSTRUMENTATION).env("CARGO_TARGET_DIR", target_folder());
    Ok(cargo)
}

fn target_folder() -> PathBuf {
    root().join("target/fuzz")
}

/// The inputs of a target that are kept in the repository.
fn corpus(name: &str) -> PathBuf {
    root().join("fuzz/corpus").join(name)
}

/// What runs by hand have found, kept from run to run.
fn found(name: &str) -> PathBuf {
    target_folder().join("corpus").join(name)
}

fn make(folder: &Path) -> Result<(), Problem> {
    fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))
}

/// The names of all targets.
fn targets() -> Result<Vec<String>, Problem> {
    let line = "metadata --format-version 1 --no-deps --locked --offline";
    let metadata = capture(&mut cargo_in("fuzz", line))?;
    let metadata: Value =
        serde_json::from_slice(&metadata).map_err(|error| format!("cargo metadata is not JSON: {error}"))?;
    let targets = metadata["packages"][0]["targets"].as_array().into_iter().flatten();
    Ok(targets.filter_map(|target| target["name"].as_str()).map(str::to_owned).collect())
}
