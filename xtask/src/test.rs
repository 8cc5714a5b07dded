//! `cargo xtask test`: everything that must hold before a change goes in.

use setup::{Arch, Need, Setup, Verbosity};

use crate::cargo::{cargo, cargo_in, cargo_in_guests, host_target, show};
use crate::stage::Stages;
use crate::{Problem, describe, fuzz, members, policy, schema};

/// Runs every stage.
pub(crate) fn everything() -> Result<(), Problem> {
    let setup = Setup::open(Verbosity::WorkOnly).map_err(describe)?;
    let mut stages = Stages::default();
    stages.run("set-up", || {
        let needs = [Need::Emulator, Need::CoreLibraries];
        Arch::ALL.into_iter().try_for_each(|arch| setup.ensure(arch, &needs)).map_err(describe)?;
        // The stages after this one do without a network.
        show(&mut cargo_in_guests("fetch --quiet --locked"))?;
        show(&mut cargo_in("fuzz", "fetch --quiet --locked"))
    });
    stages.run("format", || {
        show(&mut cargo("fmt --all --check"))?;
        show(&mut cargo_in_guests("fmt --all --check"))?;
        show(&mut cargo_in("fuzz", "fmt --all --check"))
    });
    stages.run("dependency policy", policy::check);
    stages.run("lints", || show(&mut cargo("clippy --quiet --workspace --all-targets -- -D warnings")));
    stages.run("lints for the bare-metal targets", || {
        Arch::ALL.into_iter().try_for_each(|arch| lint_bare_metal(&setup, arch))
    });
    stages.run("host tests", || show(&mut cargo("test --quiet --workspace")));
    stages.run("host tests with AddressSanitizer", || sanitize(&sanitized()?));
    stages.run("fuzzing", || {
        fuzz::lint()?;
        fuzz::bounded()
    });
    stages.run("documentation", || {
        let mut doc = cargo("doc --quiet --workspace --no-deps --document-private-items");
        show(doc.env("RUSTDOCFLAGS", "-D warnings"))
    });
    stages.run("schema is up to date", schema::check);
    stages.run("system tests", || show(&mut system_tests("")));
    stages.sum_up()
}

/// Lints what runs without an operating system below it: the hypervisor, and the guests of tests.
fn lint_bare_metal(setup: &Setup, arch: &Arch) -> Result<(), Problem> {
    let target = arch.rust_target;
    show(&mut cargo(&format!("clippy --quiet --package hypervisor --target {target} -- -D warnings")))?;
    show(&mut cargo_in_guests(&format!("clippy --quiet --release --target {target} -- -D warnings")))?;
    for guest in arch.guests_in_c {
        let line = format!("clippy --quiet --release --package {guest} --target {target} -- -D warnings");
        let mut clippy = cargo_in_guests(&line);
        setup.provide_c_compiler(arch, &mut clippy).map_err(describe)?;
        show(&mut clippy)?;
    }
    Ok(())
}

/// Runs the system tests that `name` means.
pub(crate) fn some(name: &str) -> Result<(), Problem> {
    show(&mut system_tests(name))
}

/// Prints the names of the system tests.
pub(crate) fn list() -> Result<(), Problem> {
    show(&mut system_tests("--list"))
}

fn system_tests(arguments: &str) -> std::process::Command {
    cargo(&format!("run --quiet --package systest -- {arguments}"))
}

/// The packages that are tested so.
fn sanitized() -> Result<Vec<String>, Problem> {
    let mut packages = members::with_unsafe_code()?;
    packages.push("ivc".to_owned());
    Ok(packages)
}

/// Runs the host tests of these packages with every memory access checked.
///
/// Code that may not contain `unsafe` has nothing to check, but rings in memory that a hostile peer writes are looked at all
/// the same. The runtime comes with the toolchain; the option
/// is nightly's, hence the variable that lets the stable compiler take it.
fn sanitize(packages: &[String]) -> Result<(), Problem> {
    let host = host_target()?;
    let flags = "-Zsanitizer=address";
    for package in packages {
        let mut test = cargo(&format!("test --quiet --package {package} --target {host}"));
        test.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", flags).env("RUSTDOCFLAGS", flags);
        // Apart, so that the flags do not throw away what the other stages have built.
        test.env("CARGO_TARGET_DIR", crate::cargo::root().join("target/sanitizer"));
        show(&mut test)?;
    }
    Ok(())
}
