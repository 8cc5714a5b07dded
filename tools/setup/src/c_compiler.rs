//! A C compiler for an architecture, for the guests that are partly written in C and the Linux driver: the machine's
//! own where it has one, else Debian's, downloaded and unpacked into the cache, not installed.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::apt;
use crate::cache::cached;
use crate::progress::Step;
use crate::{Arch, Setup, SetupError};

/// What the compiler is called, here and in the guests' build scripts.
pub(crate) fn name(arch: &Arch) -> String {
    format!("{}-gcc", arch.gnu)
}

/// The package that says which of the archive's versions is the default: it has a link of the compiler's [`name`].
fn default_package(arch: &Arch) -> String {
    format!("gcc-{}", arch.gnu)
}

/// Lets a build find the compiler: nothing to do, or its folder is put at the head of the build's PATH.
pub(crate) fn provide(setup: &Setup, arch: &Arch, build: &mut Command) -> Result<(), SetupError> {
    let name = name(arch);
    if runs(&name) {
        return Ok(());
    }
    let why = "guests with parts in C and the Linux driver are compiled by it";
    let compiler = cached(setup, arch, "c-compiler", &format!("usr/bin/{name}"), why, |folder, step| {
        let version = unpack(setup, arch, folder, step)?;
        Ok(format!("{}, version {version}", default_package(arch)))
    })?;
    let programs = compiler.with_file_name("");
    // The assembler's own libraries; all others a machine has that Rust programs can be linked on.
    let libraries = programs.join(format!("../lib/{}-linux-gnu", env::consts::ARCH));
    for (variable, folder) in [("PATH", programs), ("LD_LIBRARY_PATH", libraries)] {
        build.env(variable, first(folder, env::var_os(variable))?);
    }
    Ok(())
}

/// Whether the machine has a program.
fn runs(program: &str) -> bool {
    let mut version = Command::new(program);
    version.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}

/// Downloads the parts of the compiler and unpacks them into `folder`. Returns its version.
fn unpack(setup: &Setup, arch: &Arch, folder: &Path, step: &Step) -> Result<String, SetupError> {
    let default = default_package(arch);
    let by_hand = |error: SetupError| error.remedy(format!("install {default} by hand, then repeat"));
    let suite = apt::machine_archive().map_err(by_hand)?.codename;
    let apt = apt::of_machine(setup, &suite, step)?;
    apt.unpack(&default, folder, step)?;
    let link = fs::read_link(folder.join("usr/bin").join(name(arch))).map_err(|error| {
        by_hand(SetupError::new(format!("find the compiler in {default}")).because(error))
    })?;
    let version = version(arch, &link).ok_or_else(|| {
        by_hand(SetupError::new(format!("find the compiler in {default}")).because(link.display()))
    })?;
    for package in [
        format!("gcc-{version}-{}", arch.gnu),
        format!("cpp-{version}-{}", arch.gnu),
        format!("libgcc-{version}-dev-{}-cross", arch.debian),
        // Assembler and archiver. They are taken even where the machine has them: the compiler looks beside itself.
        format!("binutils-{}", arch.gnu),
    ] {
        apt.unpack(&package, folder, step)?;
    }
    Ok(version.to_owned())
}

/// The version in the name of the file that the link of the compiler's [`name`] leads to: `aarch64-linux-gnu-gcc-12`.
fn version<'a>(arch: &Arch, target: &'a Path) -> Option<&'a str> {
    let version = target.file_name()?.to_str()?.strip_prefix(&name(arch))?.strip_prefix('-')?;
    version.bytes().all(|byte| byte.is_ascii_digit()).then_some(version)
}

/// A list of folders with one more at its head.
fn first(folder: PathBuf, list: Option<OsString>) -> Result<OsString, SetupError> {
    let rest = list.iter().flat_map(env::split_paths);
    env::join_paths([folder.clone()].into_iter().chain(rest)).map_err(|error| {
        SetupError::new(format!("use the compiler in {}", folder.display()))
            .because(error)
            .remedy("set BULKHEAD_CACHE to a folder without a colon in its name")
    })
}

#[cfg(test)]
mod tests {
    use super::{first, version};
    use crate::Arch;
    use std::path::Path;

    #[test]
    fn the_link_tells_which_version_is_the_default() {
        let version = |target| version(Arch::ARM64, Path::new(target));
        assert_eq!(version("aarch64-linux-gnu-gcc-12"), Some("12"));
        assert_eq!(version("aarch64-linux-gnu-gcc"), None);
        assert_eq!(version("aarch64-linux-gnu-gcc-12/../x"), None);
    }

    #[test]
    fn a_folder_comes_before_those_that_are_searched_already() {
        let list = |list: Option<&str>| first("/cache".into(), list.map(Into::into)).expect("no colon");
        assert_eq!(list(Some("/bin:/sbin")), "/cache:/bin:/sbin");
        assert_eq!(list(None), "/cache");
    }

    #[test]
    fn a_folder_that_no_list_can_hold_is_refused_with_a_way_out() {
        let error = first("/a:b".into(), None).expect_err("refusal");
        assert!(error.way_out().is_some_and(|remedy| remedy.contains("BULKHEAD_CACHE")), "{error}");
    }
}
