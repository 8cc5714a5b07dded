//! The second way to the core libraries: built from Debian's package of the library's source code.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::Compiler;
use crate::apt::{self, Entry, PrivateApt};
use crate::command::run;
use crate::progress::Step;
use crate::{Arch, Setup, SetupError};

const BUILD_LIMIT: Duration = Duration::from_secs(1200);

/// The crates whose compiled form the target needs.
const LIBRARIES: [&str; 3] = ["libcore-", "liballoc-", "libcompiler_builtins-"];

/// Builds the libraries and copies them into the toolchain; returns which source served.
pub(super) fn build(
    setup: &Setup,
    arch: &Arch,
    compiler: &Compiler,
    step: &Step,
) -> Result<String, SetupError> {
    let folder = setup.cache.join(format!("core/{}", compiler.version));
    // Where `-Z build-std` looks for it. What is there already (a component of the toolchain, or the link that
    // another target's set-up left) is of the right version.
    let place = compiler.sysroot.join("lib/rustlib/src/rust/library");
    let origin = if place.join("core").is_dir() {
        "the source in the toolchain".to_owned()
    } else {
        let (library, package) = source(setup, compiler, &folder, step)?;
        link(&library, &place)?;
        format!("Debian's {package}")
    };
    let built = compile(setup, arch, &folder, step)?;
    install(arch, compiler, &built)?;
    // Large, and of no further use; the source stays, because the toolchain now links to it.
    let _ = fs::remove_dir_all(folder.join("build"));
    Ok(format!("built from {origin}"))
}

/// The `library/` folder of exactly the compiler's version, and the package it came from.
fn source(
    setup: &Setup,
    compiler: &Compiler,
    folder: &Path,
    step: &Step,
) -> Result<(PathBuf, String), SetupError> {
    let archive = apt::machine_archive()?;
    // The compiler's version is newer than any release's: backports follow it, and a browser's compiler in
    // the security suite does too.
    let backports = vec![archive.suite("trixie-backports")];
    let security = archive.listed("bookworm-security");
    let places: [(&str, &str, Vec<Entry>); 2] =
        [("rust-src", "trixie-backports", backports), ("rust-web-src", "bookworm-security", security)];
    let mut seen = Vec::new();
    for (package, suite, entries) in places {
        if entries.is_empty() {
            continue;
        }
        let apt = PrivateApt::new(setup.cache.join("apt").join(suite), &entries, None)?;
        apt.update(step)?;
        let versions = apt.versions(package, step)?;
        let Some(version) = versions.iter().find(|version| is_release(version, &compiler.version)) else {
            seen.push(format!("{suite} has {package} {}", versions.join(", ")));
            continue;
        };
        let package = format!("{package}={version}");
        let unpacked = folder.join("source");
        apt.unpack(&package, &unpacked, step)?;
        let library = find_library(&unpacked, &compiler.version)?;
        return Ok((library, format!("{package} of {suite}")));
    }
    Err(SetupError::new(format!("find the library source of Rust {}", compiler.version))
        .because(format!("Debian has no package of this version ({})", seen.join("; "))))
}

/// Whether a Debian version such as `1.95.0+dfsg1-2~bpo13+1` is the release `1.95.0`.
fn is_release(debian_version: &str, release: &str) -> bool {
    let rest = debian_version.strip_prefix(release);
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
}

fn find_library(unpacked: &Path, version: &str) -> Result<PathBuf, SetupError> {
    let sources = unpacked.join("usr/src");
    let candidates = fs::read_dir(&sources).map(|folder| folder.flatten().map(|entry| entry.path()));
    let of_version = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.ends_with(version) && path.join("library/core").is_dir()
    };
    let found = candidates.ok().and_then(|mut paths| paths.find(of_version));
    found.map(|path| path.join("library")).ok_or_else(|| {
        SetupError::new(format!("find library/core below {}", sources.display()))
            .because("the package is laid out in a way set-up does not know")
    })
}

/// Links the source to its `place` in the toolchain.
fn link(library: &Path, place: &Path) -> Result<(), SetupError> {
    let make = || -> std::io::Result<()> {
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        // A link whose goal is gone, left by an earlier set-up with another cache.
        let _ = fs::remove_file(place);
        symlink(library, place)
    };
    make().map_err(|error| toolchain_not_writable(place, error))
}

fn toolchain_not_writable(path: &Path, error: std::io::Error) -> SetupError {
    SetupError::new(format!("write {}", path.display()))
        .because(error)
        .remedy("make the toolchain's folder writable for this user, then repeat")
}

/// Compiles `core` and `alloc` and returns the folder with the result.
fn compile(setup: &Setup, arch: &Arch, folder: &Path, step: &Step) -> Result<PathBuf, SetupError> {
    step.say("compiling core and alloc");
    let attempt = || SetupError::new("compile core and alloc");
    let package = folder.join("build");
    let prepare = || -> std::io::Result<()> {
        fs::create_dir_all(package.join("src"))?;
        fs::write(package.join("src/lib.rs"), "#![no_std]\n")?;
        fs::write(
            package.join("Cargo.toml"),
            "[package]\nname = \"core-libraries\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [workspace]\n\n[profile.release]\npanic = \"abort\"\n",
        )
    };
    prepare().map_err(|error| attempt().because(error))?;
    let target = arch.rust_target;
    let target_folder = package.join("target");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "-Z", "build-std=core,alloc", "--target", target, "--target-dir"]);
    cargo.arg(&target_folder).current_dir(&package);
    // The build-std option is nightly's; this variable lets the stable compiler build its own library.
    cargo.env("RUSTC_BOOTSTRAP", "1");
    // The hypervisor is optimised as one piece with these libraries, which takes their bitcode too.
    cargo.env("RUSTFLAGS", "-Cembed-bitcode=yes");
    // The folder has no toolchain file of its own: use the workspace's compiler.
    cargo.env("RUSTUP_TOOLCHAIN", toolchain_name(setup));
    run(&mut cargo, step, BUILD_LIMIT).map_err(|error| {
        attempt().because(error).remedy("check the network (the package registry must answer), then repeat")
    })?;
    Ok(target_folder.join(target).join("release/deps"))
}

/// The toolchain that rustup picks for the workspace.
fn toolchain_name(setup: &Setup) -> String {
    if let Ok(name) = std::env::var("RUSTUP_TOOLCHAIN") {
        return name;
    }
    let mut rustup = Command::new("rustup");
    let active = rustup.args(["show", "active-toolchain"]).current_dir(setup.root()).output();
    let output = active.map(|output| output.stdout).unwrap_or_default();
    let output = String::from_utf8_lossy(&output);
    output.split_whitespace().next().unwrap_or("stable").to_owned()
}

/// Copies the libraries to where the compiler looks for those of the target.
fn install(arch: &Arch, compiler: &Compiler, built: &Path) -> Result<(), SetupError> {
    let place = compiler.sysroot.join("lib/rustlib").join(arch.rust_target).join("lib");
    let attempt = |error| toolchain_not_writable(&place, error);
    fs::create_dir_all(&place).map_err(attempt)?;
    // Two copies of one library would be ambiguous to the compiler.
    for old in fs::read_dir(&place).map_err(attempt)?.flatten() {
        fs::remove_file(old.path()).map_err(attempt)?;
    }
    for library in fs::read_dir(built).map_err(attempt)?.flatten() {
        let name = library.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && LIBRARIES.iter().any(|wanted| name.starts_with(wanted)) {
            fs::copy(library.path(), place.join(name)).map_err(attempt)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_release;

    #[test]
    fn only_the_very_release_is_taken() {
        assert!(is_release("1.95.0+dfsg1-2~bpo13+1", "1.95.0"));
        assert!(!is_release("1.95.01-1", "1.95.0"));
        assert!(!is_release("1.96.0+dfsg1-1", "1.95.0"));
    }
}
