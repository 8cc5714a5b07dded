//! QEMU's system emulator: the board that everything runs on until there is a real one.

use std::process::Command;
use std::time::Duration;

use crate::apt::{self, PrivateApt};
use crate::command::run;
use crate::progress::Step;
use crate::{Setup, SetupError};

const INSTALL_LIMIT: Duration = Duration::from_secs(1800);

/// Installs the emulator unless a good one is there.
pub(crate) fn ensure(setup: &Setup) -> Result<(), SetupError> {
    let (major, minor) = Setup::OLDEST_EMULATOR;
    let emulator = setup.arch().emulator;
    let what = format!("QEMU {major}.{minor} or newer ({emulator})");
    if let Found::GoodEnough(version) = look(emulator) {
        setup.progress.already(&what, &version);
        return Ok(());
    }
    if !rustix::process::geteuid().is_root() {
        return Err(SetupError::new(format!("install {what}"))
            .because("installing packages needs root")
            .remedy(format!("run this one line, then repeat: {}", privileged_line())));
    }
    let _lock = setup.lock()?;
    // Whoever held the lock may have installed it meanwhile.
    let why = match look(emulator) {
        Found::GoodEnough(version) => {
            setup.progress.already(&what, &version);
            return Ok(());
        }
        Found::TooOld(version) => format!("the machine has {version}; an arm64 board is emulated with it"),
        Found::Nothing => "an arm64 board is emulated with it".to_owned(),
    };
    let step = setup.progress.begin(&what, &why);
    install(setup, &step)?;
    match look(emulator) {
        Found::GoodEnough(version) => {
            step.done(&format!("installed {version}"));
            Ok(())
        }
        Found::TooOld(version) => Err(too_old(&what, &format!("the archive's newest is {version}"))),
        Found::Nothing => Err(too_old(&what, "the package came without the program")),
    }
}

fn too_old(what: &str, cause: &str) -> SetupError {
    SetupError::new(format!("install {what}"))
        .because(cause)
        .remedy("install it by hand (for example from source) so that it comes first in PATH, then repeat")
}

/// The line that lets root do what this user may not.
fn privileged_line() -> String {
    let program = std::env::current_exe().map(|path| path.display().to_string());
    format!("sudo {} setup --only qemu", program.as_deref().unwrap_or("bulkhead"))
}

fn install(setup: &Setup, step: &Step) -> Result<(), SetupError> {
    let archive = apt::machine_archive()?;
    let package = setup.arch().emulator_package;
    let mut sources = archive.machine.clone();
    // Debian 12's own QEMU is 7.2; from 13 on the release itself has a good one.
    let backports = format!("{}-backports", archive.codename);
    let from_backports = archive.codename == "bookworm";
    if from_backports && archive.listed(&backports).is_empty() {
        sources.push(archive.suite(&backports));
    }
    let apt = PrivateApt::new(setup.cache.join("apt/install"), &sources, None)?;
    apt.update(step)?;
    step.say(&format!("installing {package}"));
    let mut command = apt.command("apt-get");
    command.args(["install", "--yes", "--no-install-recommends"]);
    if from_backports {
        command.args(["--target-release", &backports]);
    }
    run(command.arg(package), step, INSTALL_LIMIT).map(drop).map_err(|error| {
        SetupError::new(format!("install {package}")).because(error).remedy(
            "repair the machine's package state (`dpkg --configure -a`, `apt-get -f install`), then repeat",
        )
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Found {
    GoodEnough(String),
    TooOld(String),
    Nothing,
}

/// What the machine has in its `PATH`.
fn look(emulator: &str) -> Found {
    match Command::new(emulator).arg("--version").output() {
        Ok(output) => judge(&String::from_utf8_lossy(&output.stdout)),
        Err(_) => Found::Nothing,
    }
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
}
