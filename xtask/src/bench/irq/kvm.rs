//! The guest in a virtual machine of KVM: Debian's kernel as the host, and Debian's own QEMU for arm64 in its initramfs.

use std::fs;
use std::path::Path;

use bulkhead::board::QemuBoard;
use bulkhead::machine::board_command;
use setup::{Arch, Peer, Setup};

use super::column::{Gic, measured};
use super::counts::Counts;
use crate::{Problem, describe};

/// Debian's kernel.
pub(super) const HOST: &str = "linux-6.12";

pub(super) fn run(
    setup: &Setup,
    board: &QemuBoard,
    gic: Gic,
    host_options: &str,
    guest: &Path,
) -> Result<Counts, Problem> {
    let peer = setup.peer(Peer::KvmUserSpace).map_err(describe)?;
    let file = |path: &Path| fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    let mut programs =
        vec![("peer/qemu".to_owned(), file(&peer.join("qemu"))?), ("peer/guest".to_owned(), file(guest)?)];
    let libraries = fs::read_dir(peer.join("lib")).map_err(|error| error.to_string())?;
    for library in libraries.flatten() {
        programs.push((format!("lib/{}", library.file_name().to_string_lossy()), file(&library.path())?));
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let initramfs = folder.path().join("initramfs");
    let archive = setup.initramfs_with(Arch::ARM64, &programs).map_err(describe)?;
    fs::write(&initramfs, archive).map_err(|error| error.to_string())?;

    let machine = format!(
        "/peer/qemu -M virt,gic-version={},accel=kvm -cpu host -smp 2 -m 128M -display none -serial stdio \
         -monitor none -nic none -no-reboot -kernel /peer/guest",
        gic.number()
    );
    let options =
        format!("console=ttyAMA0 panic=-1 cryptomgr.notests {host_options} bulkhead.run=\"{machine}\"");
    let mut qemu = board_command(board);
    qemu.arg("-kernel").arg(setup.payload(Arch::ARM64, HOST).map_err(describe)?);
    qemu.arg("-initrd").arg(initramfs).arg("-append").arg(options);
    measured(&mut qemu)
}
