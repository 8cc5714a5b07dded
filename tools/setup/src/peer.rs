//! Other hypervisors for arm64, out of Debian packages: something to measure beside. Downloaded and unpacked into the
//! cache, never installed.

use std::fs;
use std::path::{Path, PathBuf};

use object::elf::{DT_NEEDED, FileHeader64};
use object::endian::Endianness;
use object::read::elf::{FileHeader, SectionTable};

use crate::apt;
use crate::cache::{cached, create, read, remove, write};
use crate::progress::Step;
use crate::{Arch, Setup, SetupError};

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
                libraries(&unpacked, folder, step)?;
            }
        }
        remove(&unpacked)?;
        write(&folder.join(VERSION), version.as_bytes())?;
        Ok(format!("{package} {version}"))
    })?;
    Ok(version.with_file_name(""))
}

/// Copies the shared libraries that the folder's `qemu` needs, and those that they need, into its `lib`.
fn libraries(unpacked: &Path, folder: &Path, step: &Step) -> Result<(), SetupError> {
    let lib = folder.join("lib");
    create(&lib)?;
    let mut files = vec![folder.join("qemu")];
    while let Some(file) = files.pop() {
        let program = read(&file)?;
        let names = needed(&program)
            .map_err(|error| SetupError::new(format!("read {}", file.display())).because(error))?;
        for name in names {
            let copy = lib.join(&name);
            if copy.exists() {
                continue;
            }
            step.alive(&name);
            let found = find(&unpacked.join("usr/lib"), &name).ok_or_else(|| {
                SetupError::new(format!("find the library {name}")).because("no package has brought it")
            })?;
            write(&copy, &read(&found)?)?;
            files.push(copy);
        }
    }
    Ok(())
}

/// The names of the shared libraries that an ELF file asks for.
fn needed(program: &[u8]) -> object::Result<Vec<String>> {
    let header = FileHeader64::<Endianness>::parse(program)?;
    let endian = header.endian()?;
    let sections: SectionTable<'_, FileHeader64<Endianness>> = header.sections(endian, program)?;
    let dynamic = sections.dynamic_table(endian, program)?;
    let names = dynamic
        .iter()
        .filter(|entry| entry.tag == DT_NEEDED)
        .map(|entry| dynamic.string(entry).map(|name| String::from_utf8_lossy(name).into_owned()));
    names.collect()
}

/// A file (or what a link of this name leads to) somewhere below a folder.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let direct = folder.join(name);
    if direct.is_file() {
        return Some(direct);
    }
    let folders = fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.into_iter().find_map(|entry| find(&entry.path(), name))
}

#[cfg(test)]
mod tests {
    use super::needed;

    #[test]
    fn a_test_program_needs_the_c_library() {
        let program = std::fs::read("/proc/self/exe").expect("this program");
        let names = needed(&program).expect("an ELF file");
        assert!(names.iter().any(|name| name.starts_with("libc.so")), "{names:?}");
    }
}
