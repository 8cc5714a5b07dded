//! Payloads out of Debian packages of the guest's architecture: downloaded and unpacked into the cache,
//! never installed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::apt::{self, PrivateApt};
use crate::progress::Step;
use crate::{Setup, SetupError, initramfs};

/// A kernel series and the suite that carries it.
pub(super) struct Kernel {
    pub(super) release: &'static str,
    pub(super) suite: &'static str,
}

/// Where the static busybox comes from.
const BUSYBOX_SUITE: &str = "trixie";

/// Offset and value of the magic number in a Linux arm64 Image header (Linux, Documentation/arch/arm64/booting).
const IMAGE_MAGIC: (usize, &[u8]) = (56, b"ARM\x64");

/// The kernel image of the newest package of a series.
pub(super) fn kernel(setup: &Setup, name: &str, kernel: &Kernel) -> Result<PathBuf, SetupError> {
    let why = format!("Linux guests boot this kernel (guest:{name})");
    cached(setup, name, "Image", &why, |folder, step| {
        let architecture = setup.arch().debian;
        let prefix = format!("linux-image-{}.", kernel.release);
        let apt = foreign_apt(setup, kernel.suite, step)?;
        let package = apt.newest(&prefix, |package| is_plain_kernel(package, &prefix, architecture), step)?;
        let unpacked = folder.join("package");
        apt.unpack(&package, &unpacked, step)?;
        let image = kernel_file(&unpacked.join("boot"))?;
        let bytes = read(&image)?;
        let (offset, magic) = IMAGE_MAGIC;
        if bytes.get(offset..offset + magic.len()) != Some(magic) {
            return Err(SetupError::new(format!("use the kernel of {package}"))
                .because("it is not a plain arm64 Image")
                .remedy("name a kernel file of your own in zones.toml"));
        }
        write(&folder.join("Image"), &bytes)?;
        write(&folder.join("VERSION"), package.as_bytes())?;
        remove(&unpacked)?;
        Ok(package)
    })
}

/// The initramfs around Debian's static busybox.
pub(super) fn initramfs(setup: &Setup) -> Result<PathBuf, SetupError> {
    let busybox = busybox(setup)?;
    let archive = initramfs::file_name();
    cached(setup, "initramfs", &archive, "the root file system of Linux guests", |folder, _step| {
        let failed = |error| SetupError::new("make the initramfs").because(error);
        let bytes = initramfs::build(&read(&busybox)?).map_err(failed)?;
        write(&folder.join(&archive), &bytes)?;
        Ok(format!("{} KiB", bytes.len() / 1024))
    })
}

fn busybox(setup: &Setup) -> Result<PathBuf, SetupError> {
    cached(setup, "busybox", "busybox", "the programs of Linux guests", |folder, step| {
        let apt = foreign_apt(setup, BUSYBOX_SUITE, step)?;
        let unpacked = folder.join("package");
        apt.unpack("busybox-static", &unpacked, step)?;
        // Before the merge of /bin into /usr/bin the program was in /bin.
        let places = [unpacked.join("usr/bin/busybox"), unpacked.join("bin/busybox")];
        let program = places.iter().find(|place| place.is_file()).unwrap_or(&places[0]);
        write(&folder.join("busybox"), &read(program)?)?;
        remove(&unpacked)?;
        Ok("busybox-static".to_owned())
    })
}

/// Returns `payloads/ARCH/NAME/FILE` of the cache; makes the whole folder with `make` if the file is missing.
///
/// `make` works in a folder beside it that is renamed at the end, so that an interrupted run leaves nothing
/// half-made under the final name. It returns a word on what it got.
fn cached(
    setup: &Setup,
    name: &str,
    file: &str,
    why: &str,
    make: impl FnOnce(&Path, &Step) -> Result<String, SetupError>,
) -> Result<PathBuf, SetupError> {
    let what = format!("guest payload {name}");
    let folder = setup.cache.join("payloads").join(setup.arch().name).join(name);
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

/// An apt that reads the guest architecture's packages of `suite`.
fn foreign_apt(setup: &Setup, suite: &str, step: &Step) -> Result<PrivateApt, SetupError> {
    let architecture = setup.arch().debian;
    let archive = apt::machine_archive()?;
    let folder = setup.cache.join("apt").join(format!("{suite}-{architecture}"));
    let apt = PrivateApt::new(folder, &[archive.suite(suite)], Some(architecture))?;
    apt.update(step)?;
    Ok(apt)
}

/// Whether `package` is the series' plain kernel as the archive's maintainers built it: no `cloud`, `rt` or
/// `16k` flavour, no debug symbols, and unsigned (a signature would only make it another file to unpack).
fn is_plain_kernel(package: &str, prefix: &str, architecture: &str) -> bool {
    let version = package
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_suffix("-unsigned"))
        .and_then(|rest| rest.strip_suffix(architecture))
        .and_then(|rest| rest.strip_suffix('-'));
    let flavoured = |version: &str| version.split('-').skip(1).any(|part| part.contains(char::is_alphabetic));
    version.is_some_and(|version| !flavoured(version))
}

fn kernel_file(boot: &Path) -> Result<PathBuf, SetupError> {
    let is_kernel =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vmlinuz-"));
    let mut files = fs::read_dir(boot).into_iter().flatten().flatten().map(|entry| entry.path());
    files.find(is_kernel).ok_or_else(|| {
        SetupError::new(format!("find vmlinuz-* in {}", boot.display()))
            .because("the package is laid out in a way set-up does not know")
    })
}

fn cache_error(path: &Path) -> SetupError {
    SetupError::new(format!("use {}", path.display()))
        .remedy("check the room on the disk and the rights on the cache folder, then repeat")
}

fn read(path: &Path) -> Result<Vec<u8>, SetupError> {
    fs::read(path).map_err(|error| cache_error(path).because(error))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), SetupError> {
    fs::write(path, bytes).map_err(|error| cache_error(path).because(error))
}

fn create(folder: &Path) -> Result<(), SetupError> {
    fs::create_dir_all(folder).map_err(|error| cache_error(folder).because(error))
}

/// Removes a folder; that there is none is fine.
fn remove(folder: &Path) -> Result<(), SetupError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(cache_error(folder).because(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::is_plain_kernel;

    #[test]
    fn the_plain_kernel_is_told_from_its_flavours() {
        let plain = |package| is_plain_kernel(package, "linux-image-6.12.", "arm64");
        assert!(plain("linux-image-6.12.107+deb13-arm64-unsigned"));
        assert!(!plain("linux-image-6.12.107+deb13-cloud-arm64-unsigned"));
        assert!(!plain("linux-image-6.12.107+deb13-rt-arm64-unsigned"));
        assert!(!plain("linux-image-6.12.107+deb13-arm64-16k-unsigned"));
        assert!(!plain("linux-image-6.12.107+deb13-arm64-dbg"));
    }

    #[test]
    fn a_revision_number_is_no_flavour() {
        assert!(is_plain_kernel("linux-image-6.1.0-50-arm64-unsigned", "linux-image-6.1.", "arm64"));
    }
}
