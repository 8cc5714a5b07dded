//! Payloads out of Debian packages of a guest's architecture: downloaded and unpacked into the cache,
//! never installed.

use std::fs;
use std::path::{Path, PathBuf};

use super::packed;
use crate::apt;
use crate::arch::Kernel;
use crate::cache::{cached, read, remove, write};
use crate::{Arch, Setup, SetupError, initramfs, shared_libraries};

/// Where the static busybox and other programs come from.
const PROGRAMS_SUITE: &str = "trixie";

/// A kernel of Debian, and what was kept of its package.
pub(crate) struct KernelFiles {
    /// The kernel.
    pub(crate) image: PathBuf,
    /// What it calls itself (`uname -r`).
    pub(crate) release: String,
    /// The driver of network tunnels, as the package has it: it may be compressed.
    pub(crate) tun: PathBuf,
}

/// The newest kernel of a series.
pub(crate) fn kernel(setup: &Setup, arch: &Arch, kernel: &Kernel) -> Result<KernelFiles, SetupError> {
    let name = kernel.payload;
    let why = format!("Linux guests boot this kernel (guest:{name})");
    let tun = cached(setup, arch, name, "tun.ko", &why, |folder, step| {
        let prefix = format!("linux-image-{}.", kernel.release);
        let apt = apt::foreign(setup, arch, kernel.suite, step)?;
        let package = apt.newest(&prefix, |package| is_plain_kernel(package, &prefix, arch), step)?;
        let unpacked = folder.join("package");
        apt.unpack(&package, &unpacked, step)?;
        let image = kernel_file(&unpacked.join("boot"), arch.kernels.file)?;
        let bytes = read(&image)?;
        let (offset, magic) = arch.image_magic;
        if bytes.get(offset..offset + magic.len()) != Some(magic) {
            return Err(SetupError::new(format!("use the kernel of {package}"))
                .because(format!("it is not a plain {} Image", arch.name))
                .remedy("name a kernel file of your own in zones.toml"));
        }
        write(&folder.join("Image"), &bytes)?;
        write(&folder.join("VERSION"), package.as_bytes())?;
        write(&folder.join("tun.ko"), &read(&tun_module(&unpacked, release(&package, arch))?)?)?;
        remove(&unpacked)?;
        Ok(package)
    })?;
    let package = read(&tun.with_file_name("VERSION"))?;
    let release = release(&String::from_utf8_lossy(&package), arch).to_owned();
    Ok(KernelFiles { image: tun.with_file_name("Image"), release, tun })
}

/// The initramfs around Debian's static busybox.
pub(super) fn initramfs(setup: &Setup, arch: &Arch) -> Result<PathBuf, SetupError> {
    let busybox = busybox(setup, arch)?;
    let archive = initramfs::file_name();
    cached(setup, arch, "initramfs", &archive, "the root file system of Linux guests", |folder, _step| {
        let failed = |error| SetupError::new("make the initramfs").because(error);
        let bytes = initramfs::build(&read(&busybox)?).map_err(failed)?;
        write(&folder.join(&archive), &bytes)?;
        Ok(format!("{} KiB", bytes.len() / 1024))
    })
}

/// A program of Debian that is added, with the libraries that it needs, to an initramfs.
pub(super) struct Program {
    /// The payload's and the program's name.
    pub(super) name: &'static str,
    /// Why one wants it.
    pub(super) why: &'static str,
    /// The package with the program, and those with libraries that it may need.
    pub(super) packages: &'static [&'static str],
    /// Libraries that it asks for while it runs.
    pub(super) while_running: &'static [&'static str],
}

/// Lets many processes send each other messages.
pub(super) const HACKBENCH: Program = Program {
    name: "hackbench",
    why: "the load of Linux guests in tests",
    packages: &["rt-tests", "libc6", "libnuma1"],
    while_running: &[],
};

/// Measures the throughput of networks.
pub(super) const IPERF3: Program = Program {
    name: "iperf3",
    why: "tests of the network between Linux guests",
    packages: &["iperf3", "libc6", "libgcc-s1", "libiperf0", "libsctp1", "libssl3t64", "libzstd1", "zlib1g"],
    // For the end of its threads.
    while_running: &["libgcc_s.so.1"],
};

/// Makes ext4 file systems with a journal, which busybox cannot.
pub(super) const MKE2FS: Program = Program {
    name: "mke2fs",
    why: "disks of Linux guests in tests",
    packages: &["e2fsprogs", "libblkid1", "libc6", "libcom-err2", "libext2fs2t64", "libuuid1"],
    while_running: &[],
};

/// An initramfs with one more program.
pub(super) fn with_program(
    setup: &Setup,
    arch: &Arch,
    without: Vec<u8>,
    program: &Program,
) -> Result<PathBuf, SetupError> {
    let bytes = initramfs::joined(without, &read(&program_files(setup, arch, program)?)?);
    packed(setup, arch, program.name, program.why, &bytes)
}

/// The program and its libraries as an archive that the kernel unpacks over another.
pub(super) fn program_files(setup: &Setup, arch: &Arch, program: &Program) -> Result<PathBuf, SetupError> {
    let Program { name, why, packages, while_running } = *program;
    cached(setup, arch, &format!("{name}-files"), "programs.cpio", why, |folder, step| {
        let apt = apt::foreign(setup, arch, PROGRAMS_SUITE, step)?;
        let unpacked = folder.join("package");
        for package in packages {
            apt.unpack(package, &unpacked, step)?;
        }
        let places = ["usr/bin", "usr/sbin"].map(|folder| unpacked.join(folder).join(name));
        let program = places.iter().find(|place| place.is_file()).unwrap_or(&places[0]);
        let lib = unpacked.join("needed");
        shared_libraries::gather(program, while_running, &unpacked, &lib, step)?;
        let mut programs = vec![(format!("bin/{name}"), read(program)?)];
        for library in fs::read_dir(&lib).into_iter().flatten().flatten() {
            let name = format!("lib/{}", library.file_name().to_string_lossy());
            programs.push((name, read(&library.path())?));
        }
        // In the same order each time.
        programs.sort();
        let bytes = initramfs::of_programs(&programs)
            .map_err(|error| SetupError::new(format!("make an archive with {name}")).because(error))?;
        write(&folder.join("programs.cpio"), &bytes)?;
        remove(&unpacked)?;
        Ok(format!("{name} of {}", packages[0]))
    })
}

fn busybox(setup: &Setup, arch: &Arch) -> Result<PathBuf, SetupError> {
    cached(setup, arch, "busybox", "busybox", "the programs of Linux guests", |folder, step| {
        let apt = apt::foreign(setup, arch, PROGRAMS_SUITE, step)?;
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

/// What the kernel of a package calls itself.
fn release<'a>(package: &'a str, arch: &Arch) -> &'a str {
    let release = package.strip_prefix("linux-image-").unwrap_or(package);
    release.strip_suffix(arch.kernels.suffix).unwrap_or(release)
}

/// The driver of network tunnels in an unpacked package.
fn tun_module(unpacked: &Path, release: &str) -> Result<PathBuf, SetupError> {
    // Before the merge of /lib into /usr/lib it was in /lib; not all kernels have their modules compressed.
    let places = ["usr/lib", "lib"].iter().flat_map(|lib| {
        let folder = unpacked.join(lib).join("modules").join(release).join("kernel/drivers/net");
        ["tun.ko", "tun.ko.xz"].map(|name| folder.join(name))
    });
    places.into_iter().find(|place| place.is_file()).ok_or_else(|| {
        SetupError::new(format!("find tun.ko in {}", unpacked.display()))
            .because("the package is laid out in a way set-up does not know")
    })
}

/// Whether `package` is the series' plain kernel as the archive's maintainers built it: no `cloud`, `rt` or
/// `16k` flavour and no debug symbols.
fn is_plain_kernel(package: &str, prefix: &str, arch: &Arch) -> bool {
    let version = package
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_suffix(arch.kernels.suffix))
        .and_then(|rest| rest.strip_suffix(arch.debian))
        .and_then(|rest| rest.strip_suffix('-'));
    let flavoured = |version: &str| version.split('-').skip(1).any(|part| part.contains(char::is_alphabetic));
    version.is_some_and(|version| !flavoured(version))
}

/// The file in a package's `boot` folder whose name begins with `prefix`.
fn kernel_file(boot: &Path, prefix: &str) -> Result<PathBuf, SetupError> {
    let is_kernel =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix));
    let mut files = fs::read_dir(boot).into_iter().flatten().flatten().map(|entry| entry.path());
    files.find(is_kernel).ok_or_else(|| {
        SetupError::new(format!("find {prefix}* in {}", boot.display()))
            .because("the package is laid out in a way set-up does not know")
    })
}

#[cfg(test)]
mod tests {
    use super::{is_plain_kernel, release};
    use crate::Arch;

    #[test]
    fn the_plain_kernel_is_told_from_its_flavours() {
        let plain = |package| is_plain_kernel(package, "linux-image-6.12.", Arch::ARM64);
        assert!(plain("linux-image-6.12.107+deb13-arm64-unsigned"));
        assert!(!plain("linux-image-6.12.107+deb13-cloud-arm64-unsigned"));
        assert!(!plain("linux-image-6.12.107+deb13-rt-arm64-unsigned"));
        assert!(!plain("linux-image-6.12.107+deb13-arm64-16k-unsigned"));
        assert!(!plain("linux-image-6.12.107+deb13-arm64-dbg"));
    }

    #[test]
    fn a_revision_number_is_no_flavour() {
        assert!(is_plain_kernel("linux-image-6.1.0-50-arm64-unsigned", "linux-image-6.1.", Arch::ARM64));
    }

    #[test]
    fn a_kernels_release_is_its_packages_name_without_what_is_debians() {
        let arm64 = release("linux-image-6.1.0-50-arm64-unsigned", Arch::ARM64);
        let riscv64 = release("linux-image-6.12.107+deb13-riscv64", Arch::RISCV64);
        assert_eq!((arm64, riscv64), ("6.1.0-50-arm64", "6.12.107+deb13-riscv64"));
    }

    #[test]
    fn where_no_kernel_is_signed_the_plain_one_has_no_suffix() {
        let plain = |package| is_plain_kernel(package, "linux-image-6.12.", Arch::RISCV64);
        assert!(plain("linux-image-6.12.107+deb13-riscv64"));
        assert!(!plain("linux-image-6.12.107+deb13-rt-riscv64"));
        assert!(!plain("linux-image-6.12.107+deb13-riscv64-dbg"));
    }
}
