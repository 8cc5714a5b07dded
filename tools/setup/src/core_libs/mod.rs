//! `core`, `alloc` and `compiler_builtins` for the bare-metal target, in the toolchain's own place, so that
//! plain stable `cargo build --target` and clippy work.
//!
//! The toolchain's vendor offers them for download. Where that server cannot be reached they are built from
//! the library's source code as Debian packages it, which must be of exactly the compiler's version.

mod from_source;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::command::run;
use crate::progress::Step;
use crate::{Arch, Setup, SetupError};

/// Names the server directly; a dead network must not hold up the other way for long.
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);
/// The name of the section that holds an object's bitcode.
const BITCODE_SECTION: &[u8] = b".llvmbc";

const COMPILER_LIMIT: Duration = Duration::from_secs(60);

/// Brings the libraries unless a probe compiles already.
pub(crate) fn ensure(setup: &Setup, arch: &Arch) -> Result<(), SetupError> {
    let target = arch.rust_target;
    let what = format!("core libraries for {target}");
    if compiles(setup, arch) {
        setup.progress.already(&what, "a probe compiles");
        return Ok(());
    }
    let _lock = setup.lock()?;
    if compiles(setup, arch) {
        setup.progress.already(&what, "a probe compiles");
        return Ok(());
    }
    let step = setup.progress.begin(&what, "the hypervisor runs without an operating system below it");
    let way = bring(setup, arch, &step)?;
    if !compiles(setup, arch) {
        return Err(failure(arch).because(format!("{way} succeeded, yet a probe does not compile")));
    }
    step.done(&way);
    Ok(())
}

/// Tries one way after the other; returns the one that worked.
fn bring(setup: &Setup, arch: &Arch, step: &Step) -> Result<String, SetupError> {
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", arch.rust_target]).current_dir(setup.root());
    rustup.env("RUSTUP_MAX_RETRIES", "1");
    let first = match run(&mut rustup, step, RUSTUP_LIMIT) {
        Ok(_) => return Ok("`rustup target add`".to_owned()),
        Err(error) => error,
    };
    step.say("`rustup target add` does not work here: building them from their source");
    let compiler = Compiler::ask(setup, step)?;
    from_source::build(setup, arch, &compiler, step).map_err(|second| {
        let cause = format!("neither way worked.\n  1. {first}\n  2. {second}");
        match second.way_out() {
            Some(way_out) => failure(arch).because(cause).remedy(way_out),
            None => failure(arch).because(cause),
        }
    })
}

fn failure(arch: &Arch) -> SetupError {
    let target = arch.rust_target;
    SetupError::new(format!("bring the core libraries for {target}"))
        .remedy(format!("on a machine with network run `rustup target add {target}`, then repeat"))
}

/// Whether the pinned compiler can compile a crate for the target, and optimise it together with `core`.
fn compiles(setup: &Setup, arch: &Arch) -> bool {
    let probe = || -> Option<bool> {
        let folder = tempfile::tempdir().ok()?;
        let source = folder.path().join("probe.rs");
        std::fs::write(&source, "#![no_std]\nextern crate alloc;\n").ok()?;
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata"]);
        rustc.args(["--target", arch.rust_target, "--out-dir"]);
        rustc.arg(folder.path()).arg(&source).current_dir(setup.root());
        Some(rustc.output().ok()?.status.success() && has_bitcode(setup, arch)?)
    };
    probe().unwrap_or(false)
}

/// Whether the installed `core` holds bitcode beside its machine code: libraries built without it, by hand or
/// by an older set-up, compile but cannot be part of a link-time optimisation.
fn has_bitcode(setup: &Setup, arch: &Arch) -> Option<bool> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", arch.rust_target]).current_dir(setup.root());
    let folder = String::from_utf8(rustc.output().ok()?.stdout).ok()?;
    let core = std::fs::read_dir(folder.trim()).ok()?.flatten().map(|entry| entry.path()).find(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libcore-"))
            && path.extension().is_some_and(|extension| extension == "rlib")
    })?;
    let library = std::fs::read(core).ok()?;
    Some(library.windows(BITCODE_SECTION.len()).any(|window| window == BITCODE_SECTION))
}

/// The pinned compiler's own description.
struct Compiler {
    /// Such as `1.95.0`.
    version: String,
    /// Where its libraries are.
    sysroot: PathBuf,
}

impl Compiler {
    fn ask(setup: &Setup, step: &Step) -> Result<Self, SetupError> {
        let ask = |arguments: &[&str]| {
            let mut rustc = Command::new("rustc");
            run(rustc.args(arguments).current_dir(setup.root()), step, COMPILER_LIMIT).map_err(|error| {
                SetupError::new("ask the compiler for its version")
                    .because(error)
                    .remedy("install the toolchain that rust-toolchain.toml names, then repeat")
            })
        };
        let description = ask(&["-vV"])?;
        let version = description.lines().find_map(|line| line.strip_prefix("release: "));
        let sysroot = PathBuf::from(ask(&["--print", "sysroot"])?.trim());
        Ok(Self { version: version.unwrap_or_default().to_owned(), sysroot })
    }
}
