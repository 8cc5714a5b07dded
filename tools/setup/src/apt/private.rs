//! A private apt: its own sources, lists and cache in one folder of ours, so that suites and architectures
//! can be read that the machine itself does not use, and nothing of the machine's state changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::Entry;
use crate::SetupError;
use crate::command::run;
use crate::natural_order;
use crate::progress::Step;

/// Long enough for a slow mirror, short enough that a dead one is noticed.
const NETWORK_LIMIT: Duration = Duration::from_secs(900);
const LOCAL_LIMIT: Duration = Duration::from_secs(120);

/// A private apt configuration.
pub(crate) struct PrivateApt {
    folder: PathBuf,
    options: Vec<String>,
}

impl PrivateApt {
    /// Prepares `folder` to read `entries`; `foreign` is a Debian architecture other than the machine's.
    pub(crate) fn new(folder: PathBuf, entries: &[Entry], foreign: Option<&str>) -> Result<Self, SetupError> {
        let prepare = || -> std::io::Result<()> {
            for needed in ["sources", "lists/partial", "cache/archives/partial"] {
                fs::create_dir_all(folder.join(needed))?;
            }
            let stanzas: Vec<String> = entries.iter().map(Entry::stanza).collect();
            fs::write(folder.join("sources/bulkhead.sources"), stanzas.join("\n"))
        };
        prepare().map_err(|error| {
            SetupError::new(format!("prepare {}", folder.display()))
                .because(error)
                .remedy("make the folder writable, or set BULKHEAD_CACHE to one that is")
        })?;
        let at = |name: &str| folder.join(name).display().to_string();
        let mut options = vec![
            "Dir::Etc::SourceList=/dev/null".to_owned(),
            format!("Dir::Etc::SourceParts={}", at("sources")),
            format!("Dir::State::Lists={}", at("lists")),
            format!("Dir::Cache={}", at("cache")),
            // A suite that cannot be read is a failure, not a warning and an older index.
            "APT::Update::Error-Mode=any".to_owned(),
            // The sandbox user may not write to a folder of ours.
            "APT::Sandbox::User=root".to_owned(),
            "APT::Color=0".to_owned(),
        ];
        if let Some(architecture) = foreign {
            options.push(format!("APT::Architecture={architecture}"));
            options.push(format!("APT::Architectures={architecture}"));
        }
        Ok(Self { folder, options })
    }

    /// One of apt's programs under this configuration.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C");
        for option in &self.options {
            command.args(["-o", option]);
        }
        command
    }

    /// Reads the package indexes from the archive.
    pub(crate) fn update(&self, step: &Step) -> Result<(), SetupError> {
        step.say("reading package indexes");
        let update = run(self.command("apt-get").arg("update"), step, NETWORK_LIMIT);
        update.map(drop).map_err(|error| {
            SetupError::new("read package indexes").because(error).remedy(
                "check the network and the machine's apt sources (`apt-get update` must work), then repeat",
            )
        })
    }

    /// The newest package whose name `wanted` accepts, among those that begin with `prefix`.
    pub(crate) fn newest(
        &self,
        prefix: &str,
        wanted: impl Fn(&str) -> bool,
        step: &Step,
    ) -> Result<String, SetupError> {
        let attempt = || SetupError::new(format!("find a package {prefix}*"));
        let listing = run(self.command("apt-cache").args(["pkgnames", prefix]), step, LOCAL_LIMIT)
            .map_err(|error| attempt().because(error))?;
        let newest = listing.lines().filter(|name| wanted(name)).max_by(|a, b| natural_order::compare(a, b));
        newest.map(str::to_owned).ok_or_else(|| {
            attempt()
                .because("the archive has none of the wanted form")
                .remedy("point the machine's apt sources at a full Debian mirror, then repeat")
        })
    }

    /// The versions of `package`, newest first; none where the archive has no such package.
    pub(crate) fn versions(&self, package: &str, step: &Step) -> Result<Vec<String>, SetupError> {
        let listing = run(self.command("apt-cache").args(["madison", package]), step, LOCAL_LIMIT)
            .map_err(|error| SetupError::new(format!("list the versions of {package}")).because(error))?;
        let version = |line: &str| Some(line.split('|').nth(1)?.trim().to_owned());
        Ok(listing.lines().filter_map(version).collect())
    }

    /// The packages that `package` depends on, without those that they depend on.
    pub(crate) fn dependencies(&self, package: &str, step: &Step) -> Result<Vec<String>, SetupError> {
        let listing = run(self.command("apt-cache").args(["depends", package]), step, LOCAL_LIMIT)
            .map_err(|error| SetupError::new(format!("list what {package} depends on")).because(error))?;
        let names = listing.lines().filter_map(|line| line.trim_start().strip_prefix("Depends: "));
        Ok(names.map(str::to_owned).collect())
    }

    /// Downloads `package` (a name, or `name=version`) and unpacks it into `folder`; installs nothing.
    pub(crate) fn unpack(&self, package: &str, folder: &Path, step: &Step) -> Result<(), SetupError> {
        step.say(&format!("downloading {package}"));
        let attempt = || {
            SetupError::new(format!("download and unpack {package}"))
                .remedy("check the network and the room on the disk, then repeat")
        };
        let failed = |error: std::io::Error| attempt().because(error);
        let download = tempfile::tempdir_in(&self.folder).map_err(failed)?;
        let mut command = self.command("apt-get");
        run(command.args(["download", package]).current_dir(download.path()), step, NETWORK_LIMIT)
            .map_err(|error| attempt().because(error))?;
        let mut files = fs::read_dir(download.path()).map_err(failed)?.flatten();
        let file = files.next().ok_or_else(|| attempt().because("apt-get left no file behind"))?;
        fs::create_dir_all(folder).map_err(failed)?;
        run(Command::new("dpkg-deb").arg("-x").arg(file.path()).arg(folder), step, NETWORK_LIMIT)
            .map(drop)
            .map_err(|error| attempt().because(error))
    }

    /// Downloads `package` and all that it depends on, as for a machine that has nothing yet, and unpacks it into
    /// `folder`; installs nothing. Recommended packages are left out.
    pub(crate) fn unpack_with_dependencies(
        &self,
        package: &str,
        folder: &Path,
        step: &Step,
    ) -> Result<(), SetupError> {
        step.say(&format!("downloading {package} and what it depends on"));
        let attempt = || {
            SetupError::new(format!("download and unpack {package} with its dependencies"))
                .remedy("check the network and the room on the disk, then repeat")
        };
        let failed = |error: std::io::Error| attempt().because(error);
        let download = tempfile::tempdir_in(&self.folder).map_err(failed)?;
        let status = download.path().join("status");
        fs::write(&status, "").map_err(failed)?;
        fs::create_dir_all(download.path().join("partial")).map_err(failed)?;
        let mut command = self.command("apt-get");
        command.args(["install", "--yes", "--no-install-recommends", "--download-only", package]);
        command.arg("-o").arg(format!("Dir::State::status={}", status.display()));
        command.arg("-o").arg(format!("Dir::Cache::archives={}", download.path().display()));
        run(&mut command, step, NETWORK_LIMIT).map_err(|error| attempt().because(error))?;
        fs::create_dir_all(folder).map_err(failed)?;
        for file in fs::read_dir(download.path()).map_err(failed)?.flatten() {
            if file.path().extension().is_some_and(|extension| extension == "deb") {
                run(Command::new("dpkg-deb").arg("-x").arg(file.path()).arg(folder), step, NETWORK_LIMIT)
                    .map_err(|error| attempt().because(error))?;
            }
        }
        Ok(())
    }
}
