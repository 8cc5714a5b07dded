//! QEMU's system emulator: the board that everything runs on until there is a real one.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::apt::{self, PrivateApt};
use crate::command::run;
use crate::progress::Step;
use crate::{Arch, Setup, SetupError};

const INSTALL_LIMIT: Duration = Duration::from_secs(1800);

/// Installs the emulator unless a good one with its firmware is there.
pub(crate) fn ensure(setup: &Setup, arch: &Arch) -> Result<(), SetupError> {
    let (major, minor) = Setup::OLDEST_EMULATOR;
    let what = format!("QEMU {major}.{minor} or newer ({})", arch.emulator);
    if let Found::GoodEnough(version) = look(arch) {
        setup.progress.already(&what, &version);
        return Ok(());
    }
    if !rustix::process::geteuid().is_root() {
        return Err(SetupError::new(format!("install {what}"))
            .because("installing packages needs root")
            .remedy(format!("run this one line, then repeat: {}", privileged_line(arch))));
    }
    let _lock = setup.lock()?;
    // Whoever held the lock may have installed it meanwhile.
    let purpose = format!("boards of {} are emulated with it", arch.name);
    let why = match look(arch) {
        Found::GoodEnough(version) => {
            setup.progress.already(&what, &version);
            return Ok(());
        }
        Found::TooOld(version) => format!("the machine has {version}; {purpose}"),
        Found::WithoutFirmware(file) => format!("the machine's QEMU has no {file}; {purpose}"),
        Found::Nothing => purpose,
    };
    let step = setup.progress.begin(&what, &why);
    install(setup, arch, &step)?;
    match look(arch) {
        Found::GoodEnough(version) => {
            step.done(&format!("installed {version}"));
            Ok(())
        }
        Found::TooOld(version) => Err(useless(&what, &format!("the archive's newest is {version}"))),
        Found::WithoutFirmware(file) => Err(useless(&what, &format!("it does not find its firmware {file}"))),
        Found::Nothing => Err(useless(&what, "the package came without the program")),
    }
}

fn useless(what: &str, cause: &str) -> SetupError {
    SetupError::new(format!("install {what}"))
        .because(cause)
        .remedy("install it by hand (for example from source) so that it comes first in PATH, then repeat")
}

/// The line that lets root do what this user may not.
fn privileged_line(arch: &Arch) -> String {
    let program = std::env::current_exe().map(|path| path.display().to_string());
    format!("sudo {} setup --only qemu --arch {}", program.as_deref().unwrap_or("bulkhead"), arch.name)
}

fn install(setup: &Setup, arch: &Arch, step: &Step) -> Result<(), SetupError> {
    let archive = apt::machine_archive()?;
    let packages = arch.emulator_packages;
    let names = packages.join(" ");
    let mut sources = archive.machine.clone();
    // Debian 12's own QEMU is 7.2; from 13 on the release itself has a good one.
    let backports = format!("{}-backports", archive.codename);
    let from_backports = archive.codename == "bookworm";
    if from_backports && archive.listed(&backports).is_empty() {
        sources.push(archive.suite(&backports));
    }
    let apt = PrivateApt::new(setup.cache.join("apt/install"), &sources, None)?;
    apt.update(step)?;
    step.say(&format!("installing {names}"));
    let mut command = apt.command("apt-get");
    command.args(["install", "--yes", "--no-install-recommends"]);
    if from_backports {
        command.args(["--target-release", &backports]);
    }
    run(command.args(packages), step, INSTALL_LIMIT).map(drop).map_err(|error| {
        SetupError::new(format!("install {names}")).because(error).remedy(
            "repair the machine's package state (`dpkg --configure -a`, `apt-get -f install`), then repeat",
        )
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Found {
    GoodEnough(String),
    TooOld(String),
    /// Good enough, but without this file.
    WithoutFirmware(&'static str),
    Nothing,
}

/// What the machine has in its `PATH`.
fn look(arch: &Arch) -> Found {
    let ask = |arguments: &[&str]| -> Option<String> {
        let output = Command::new(arch.emulator).args(arguments).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let Some(version) = ask(&["--version"]) else { return Found::Nothing };
    match (judge(&version), arch.firmware) {
        // The folders that QEMU looks for its data in, one a line.
        (Found::GoodEnough(_), Some(file)) if !is_in(file, &ask(&["-L", "help"]).unwrap_or_default()) => {
            Found::WithoutFirmware(file)
        }
        (found, _) => found,
    }
}

/// Whether one of the folders, one a line, has the file.
fn is_in(file: &str, folders: &str) -> bool {
    folders.lines().any(|folder| Path::new(folder.trim()).join(file).is_file())
}

/// Judges what `--version` printed: `QEMU emulator version 10.0.2 (Debian …)`.
fn judge(output: &str) -> Found {
    let version = output.split("version ").nth(1).and_then(|rest| rest.split_whitespace().next());
    let Some(version) = version else { return Found::Nothing };
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    match found >= Setup::OLDEST_EMULATOR {
        true => Found::GoodEnough(version.to_owned()),
        false => Found::TooOld(version.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_is_newer_than_nine() {
        let output = "QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2)\nCopyright";
        assert_eq!(judge(output), Found::GoodEnough("10.0.2".into()));
    }

    #[test]
    fn an_older_version_is_too_old() {
        assert_eq!(judge("QEMU emulator version 9.2.4\n"), Found::TooOld("9.2.4".into()));
    }

    #[test]
    fn an_unreadable_answer_counts_as_nothing() {
        assert_eq!(judge("command not found"), Found::Nothing);
    }

    #[test]
    fn the_firmware_is_looked_for_in_every_folder() {
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::write(folder.path().join("firmware.bin"), "").expect("file");
        let folders = format!("/nowhere\n{}\n", folder.path().display());
        assert!(is_in("firmware.bin", &folders));
        assert!(!is_in("other.bin", &folders));
    }
}
