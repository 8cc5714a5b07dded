//! The guest in a virtual machine of KVM: Debian's kernel as the host, and Debian's own QEMU for arm64 in its initramfs.

use std::fs;
use std::path::Path;
use std::process::Command;

use bulkhead::board::QemuBoard;
use bulkhead::machine::board_command;
use setup::{Arch, Peer, Setup};

use super::column::Gic;
use super::guest::Guest;
use crate::{Problem, describe};

/// Debian's kernel.
pub(super) const HOST: &str = "linux-6.12";

/// A CPU for each vCPU: a guest may wait by WFI itself.
const OPTIONS: &str = "console=ttyAMA0 panic=-1 cryptomgr.notests kvm-arm.wfi_trap_policy=notrap";

/// The machine, its initramfs in `folder`.
pub(super) fn command(
    setup: &Setup,
    board: &QemuBoard,
    gic: Gic,
    host_options: &str,
    guest: &Guest,
    folder: &Path,
) -> Result<Command, Problem> {
    let initramfs = folder.join("initramfs");
    let archive = setup.initramfs_with(Arch::ARM64, &programs(setup, guest)?).map_err(describe)?;
    fs::write(&initramfs, archive).map_err(|error| error.to_string())?;

    let initrd = guest.initrd.map_or("", |_| "-initrd /peer/initrd");
    let machine = format!(
        "/peer/qemu -M virt,gic-version={},accel=kvm -cpu host -smp {} -m {}M -display none -serial stdio \
         -monitor none -nic none -no-reboot -kernel /peer/guest {initrd} -append '{}'",
        gic.number(),
        guest.cpus,
        guest.mebibytes,
        guest.options
    );
    let options = format!("{OPTIONS} {host_options} bulkhead.run=\"{machine}\"");
    let mut qemu = board_command(board);
    qemu.arg("-kernel").arg(setup.payload(Arch::ARM64, HOST).map_err(describe)?);
    qemu.arg("-initrd").arg(initramfs).arg("-append").arg(options);
    Ok(qemu)
}

/// What the host has beside busybox: QEMU with its libraries, and the files of the guest.
fn programs(setup: &Setup, guest: &Guest) -> Result<Vec<(String, Vec<u8>)>, Problem> {
    let peer = setup.peer(Peer::KvmUserSpace).map_err(describe)?;
    let mut files =
        vec![("peer/qemu".to_owned(), peer.join("qemu")), ("peer/guest".to_owned(), guest.kernel(setup)?)];
    files.extend(guest.initrd(setup)?.map(|initrd| ("peer/initrd".to_owned(), initrd)));
    let libraries = fs::read_dir(peer.join("lib")).map_err(|error| error.to_string())?;
    let name = |library: &fs::DirEntry| format!("lib/{}", library.file_name().to_string_lossy());
    files.extend(libraries.flatten().map(|library| (name(&library), library.path())));
    let read = |(name, path): (String, std::path::PathBuf)| {
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok((name, bytes))
    };
    files.into_iter().map(read).collect()
}
