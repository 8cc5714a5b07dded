//! The exact versions of all that was measured.

use std::fs;
use std::process::Command;

use setup::{Arch, Peer, Setup};

use super::column::Host;
use super::{Outcome, is_ours, kvm};
use crate::cargo::root;
use crate::{Problem, describe};

/// A name and a version each.
pub(super) type Versions = Vec<(&'static str, String)>;

pub(super) fn of(setup: &Setup, outcomes: &[Outcome]) -> Result<Versions, Problem> {
    let has = |is: fn(&Host) -> bool| {
        outcomes.iter().any(|outcome| outcome.counts.is_ok() && is(&outcome.column.host))
    };
    let mut versions = vec![
        ("emulator", first_line(Command::new(Arch::ARM64.emulator).arg("--version"))?),
        ("rustc", first_line(Command::new("rustc").arg("--version"))?),
    ];
    if outcomes.iter().any(|outcome| is_ours(&outcome.column)) {
        let describe = ["describe", "--always", "--dirty", "--abbrev=12"];
        versions.push(("bulkhead", first_line(Command::new("git").args(describe).current_dir(root()))?));
    }
    if has(|host| *host == Host::Xen) {
        versions.push(("xen", peer(setup, Peer::Xen)?));
    }
    if has(|host| matches!(host, Host::Kvm(_))) {
        let kernel = setup.payload(Arch::ARM64, kvm::HOST).map_err(describe)?.with_file_name("VERSION");
        let kernel = fs::read_to_string(&kernel).map_err(|error| format!("{}: {error}", kernel.display()))?;
        versions.push(("kvm_kernel", kernel.trim().to_owned()));
        versions.push(("kvm_user_space", format!("qemu-system-arm {}", peer(setup, Peer::KvmUserSpace)?)));
    }
    Ok(versions)
}

fn peer(setup: &Setup, peer: Peer) -> Result<String, Problem> {
    let folder = setup.peer(peer).map_err(describe)?;
    Peer::version(&folder).map_err(describe)
}

fn first_line(command: &mut Command) -> Result<String, Problem> {
    let output = command.output().map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().next().unwrap_or("unknown").trim().to_owned())
}
