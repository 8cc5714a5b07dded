//! What was fetched for an architecture, kept: guest payloads, other hypervisors.

use std::fs;
use std::path::{Path, PathBuf};

use crate::progress::Step;
use crate::{Arch, Setup, SetupError};

/// Returns `payloads/ARCH/NAME/FILE` of the cache; makes the whole folder with `make` if the file is missing.
///
/// `make` works in a folder beside it that is renamed at the end, so that an interrupted run leaves nothing
/// half-made under the final name. It returns a word on what it got.
pub(crate) fn cached(
    setup: &Setup,
    arch: &Arch,
    name: &str,
    file: &str,
    why: &str,
    make: impl FnOnce(&Path, &Step) -> Result<String, SetupError>,
) -> Result<PathBuf, SetupError> {
    let what = format!("{name} for {}", arch.name);
    let folder = setup.cache.join("payloads").join(arch.name).join(name);
    let path = folder.join(file);
    let found = || path.is_file().then(|| setup.progress.already(&what, &path.display().to_string()));
    if found().is_some() {
        return Ok(path);
    }
    let _lock = setup.lock()?;
    if found().is_some() {
        return Ok(path);
    }
    let step = setup.progress.begin(&what, why);
    let partial = folder.with_extension("partial");
    remove(&partial)?;
    create(&partial)?;
    let result = make(&partial, &step)?;
    remove(&folder)?;
    fs::rename(&partial, &folder).map_err(|error| cache_error(&folder).because(error))?;
    step.done(&result);
    Ok(path)
}

fn cache_error(path: &Path) -> SetupError {
    SetupError::new(format!("use {}", path.display()))
        .remedy("check the room on the disk and the rights on the cache folder, then repeat")
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, SetupError> {
    fs::read(path).map_err(|error| cache_error(path).because(error))
}

pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), SetupError> {
    fs::write(path, bytes).map_err(|error| cache_error(path).because(error))
}

pub(crate) fn create(folder: &Path) -> Result<(), SetupError> {
    fs::create_dir_all(folder).map_err(|error| cache_error(folder).because(error))
}

/// Removes a folder; that there is none is fine.
pub(crate) fn remove(folder: &Path) -> Result<(), SetupError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(cache_error(folder).because(error)),
        _ => Ok(()),
    }
}
