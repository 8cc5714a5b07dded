//! Other hypervisors for arm64, out of Debian packages: something to measure beside. Downloaded and unpacked into the
//! cache, never installed.

use std::path::{Path, PathBuf};

use crate::apt;
use crate::cache::{cached, read, remove, write};
use crate::{Arch, Setup, SetupError, shared_libraries};

/// Debian's suite that all of them are of.
const SUITE: &str = "trixie";
/// The file in each folder with the exact version of the package.
const VERSION: &str = "VERSION";

/// Another hypervisor, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Xen 4.20: the file `xen`.
    Xen,
    /// The user space of KVM, whose kernel is the payload `linux-6.12`: QEMU as `qemu`, and the shared libraries that
    /// it needs in `lib`.
    KvmUserSpace,
}

impl Peer {
    /// Its version, from the folder that [`Setup::peer`] returns.
    ///
    /// # Errors
    /// The folder is not whole.
    pub fn version(folder: &Path) -> Result<String, SetupError> {
        read(&folder.join(VERSION)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The folder with the files of `peer`.
pub(crate) fn folder(setup: &Setup, peer: Peer) -> Result<PathBuf, SetupError> {
    let (name, package, why) = match peer {
        Peer::Xen => ("peer-xen", "xen-hypervisor-4.20-arm64", "`cargo xtask bench irq` measures it"),
        Peer::KvmUserSpace => ("peer-kvm", "qemu-system-arm", "`cargo xtask bench irq` measures KVM with it"),
    };
    let version = cached(setup, Arch::ARM64, name, VERSION, why, |folder, step| {
        let apt = apt::foreign(setup, Arch::ARM64, SUITE, step)?;
        let version = apt.versions(package, step)?.into_iter().next().unwrap_or_default();
        let unpacked = folder.join("package");
        match peer {
            Peer::Xen => {
                apt.unpack(package, &unpacked, step)?;
                write(&folder.join("xen"), &read(&unpacked.join("boot/xen-4.20-arm64"))?)?;
            }
            Peer::KvmUserSpace => {
                apt.unpack_with_dependencies(package, &unpacked, step)?;
                write(&folder.join("qemu"), &read(&unpacked.join("usr/bin/qemu-system-aarch64"))?)?;
                shared_libraries::gather(&folder.join("qemu"), &[], &unpacked, &folder.join("lib"), step)?;
            }
        }
        remove(&unpacked)?;
        write(&folder.join(VERSION), version.as_bytes())?;
        Ok(format!("{package} {version}"))
    })?;
    Ok(version.with_file_name(""))
}
