//! The initramfs of Linux guests that own devices of the board: the plain one with the drivers that Debian has as
//! modules.

use std::fs;
use std::path::{Path, PathBuf};

use flate2::Crc;

use super::{DEVICES, debian, packed};
use crate::cache::{cached, read, remove, write};
use crate::{Arch, Setup, SetupError, apt, initramfs};

/// The modules in the order in which they are loaded: each behind those that it needs. Kernels that have one built in
/// have no file of it.
const MODULES: [&str; 14] = [
    "crc16",
    "crc32c_generic",
    "libcrc32c",
    "mbcache",
    "jbd2",
    "ext4",
    "virtio_mmio",
    "virtio_blk",
    "virtio-rng",
    "failover",
    "net_failover",
    "virtio_net",
    "evdev",
    "gpio_keys",
];

const WHY: &str = "Linux guests that own devices";

/// The plain initramfs with the drivers of devices, and the program that makes file systems with a journal.
pub(super) fn initramfs(setup: &Setup, arch: &Arch) -> Result<PathBuf, SetupError> {
    let with_drivers = initramfs::joined(read(&debian::initramfs(setup, arch)?)?, &drivers(setup, arch)?);
    let bytes =
        initramfs::joined(with_drivers, &read(&debian::program_files(setup, arch, &debian::MKE2FS)?)?);
    packed(setup, arch, DEVICES, WHY, &bytes)
}

/// The drivers for the newest kernel of the architecture, as an archive that the kernel unpacks over another.
pub(super) fn drivers(setup: &Setup, arch: &Arch) -> Result<Vec<u8>, SetupError> {
    let Some(series) = arch.kernels.list.first() else { return Ok(Vec::new()) };
    let kernel = debian::kernel(setup, arch, series)?;
    let package = read(&kernel.image.with_file_name("VERSION"))?;
    let package = String::from_utf8_lossy(&package).into_owned();
    // Another list is another archive.
    let mut sum = Crc::new();
    sum.update(MODULES.join(" ").as_bytes());
    let archive = format!("drivers-{}-{:08x}.cpio", kernel.release, sum.sum());
    let path = cached(setup, arch, "device-drivers", &archive, WHY, |folder, step| {
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
        write(&folder.join(&archive), &initramfs::of_programs(&files).map_err(failed)?)?;
        remove(&unpacked)?;
        Ok(format!("{} drivers", files.len()))
    })?;
    read(&path)
}

/// The first file with one of these names, in a folder or below it.
fn find(folder: &Path, names: &[String]) -> Option<PathBuf> {
    let entries: Vec<_> = fs::read_dir(folder).ok()?.flatten().collect();
    let is_it = |entry: &&fs::DirEntry| names.iter().any(|name| entry.file_name() == name.as_str());
    let here = entries.iter().find(is_it).map(fs::DirEntry::path);
    let is_folder = |entry: &&fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    here.or_else(|| entries.iter().filter(is_folder).find_map(|entry| find(&entry.path(), names)))
}
