//! The initramfs of Linux guests that own devices of the board: the plain one with the drivers that Debian has as modules.

use std::fs;
use std::path::{Path, PathBuf};

use super::debian;
use crate::cache::{cached, read, remove, write};
use crate::{Arch, Setup, SetupError, apt, initramfs};

/// The modules in the order in which they are loaded: each behind those that it needs. Kernels that have one built in
/// have no file of it.
const MODULES: [&str; 9] = [
    "crc16",
    "crc32c_generic",
    "libcrc32c",
    "mbcache",
    "jbd2",
    "ext4",
    "virtio_mmio",
    "virtio_blk",
    "virtio-rng",
];

/// The initramfs, with the drivers of the newest kernel of the architecture.
pub(super) fn initramfs(setup: &Setup, arch: &Arch) -> Result<PathBuf, SetupError> {
    let without = debian::initramfs(setup, arch)?;
    let Some(series) = arch.kernels.list.first() else { return Ok(without) };
    let kernel = debian::kernel(setup, arch, series)?;
    let package = read(&kernel.image.with_file_name("VERSION"))?;
    let package = String::from_utf8_lossy(&package).into_owned();
    let drivers = format!("drivers-{}.cpio", kernel.release);
    let why = "Linux guests that own devices";
    let drivers = cached(setup, arch, "device-drivers", &drivers, why, |folder, step| {
        let unpacked = folder.join("package");
        apt::foreign(setup, arch, series.suite, step)?.unpack(&package, &unpacked, step)?;
        let mut files = Vec::new();
        for (index, module) in MODULES.iter().enumerate() {
            if let Some(file) = find(&unpacked, &[format!("{module}.ko"), format!("{module}.ko.xz")]) {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                let path = format!("lib/modules/{}/devices/{index:02}-{name}", kernel.release);
                files.push((path, read(&file)?));
            }
        }
        let failed = |error| SetupError::new("pack the drivers of devices").because(error);
        write(&folder.join(&drivers), &initramfs::of_programs(&files).map_err(failed)?)?;
        remove(&unpacked)?;
        Ok(format!("{} drivers", files.len()))
    })?;
    let archive = without.file_name().unwrap_or_default().to_string_lossy();
    cached(setup, arch, "devices", &archive, why, |folder, _step| {
        let bytes = initramfs::joined(read(&without)?, &read(&drivers)?);
        write(&folder.join(archive.as_ref()), &bytes)?;
        Ok(format!("{} KiB", bytes.len() / 1024))
    })
}

/// The first file with one of these names, in a folder or below it.
fn find(folder: &Path, names: &[String]) -> Option<PathBuf> {
    let entries: Vec<_> = fs::read_dir(folder).ok()?.flatten().collect();
    let is_it = |entry: &&fs::DirEntry| names.iter().any(|name| entry.file_name() == name.as_str());
    let here = entries.iter().find(is_it).map(fs::DirEntry::path);
    let is_folder = |entry: &&fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    here.or_else(|| entries.iter().filter(is_folder).find_map(|entry| find(&entry.path(), names)))
}
