//! Runs on QEMU whose clock counts instructions: with `-icount shift=0` one instruction is one nanosecond of
//! the machine's time, whatever the host does meanwhile.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bulkhead::board::QemuBoard;
use bulkhead::partition::{Bootable, Partition};
use dtoolkit::fdt::Fdt;
use dtoolkit::model::DeviceTree;
use setup::{Arch, Need, Setup};

use crate::{Problem, describe};

/// What makes the machine's clock count instructions, and each run the same as the one before: no host time, no
/// randomness of the host's.
pub(super) const COUNTING: [&str; 6] =
    ["-icount", "shift=0,sleep=off", "-rtc", "base=2024-01-01,clock=vm", "-seed", "7"];

/// The arm64 CPU of these runs: its counter ticks once a nanosecond, and little of it is hidden from zones, so that a
/// guest does the same work with and without a hypervisor.
pub(super) const ARM64_CPU: &str = "cortex-a57,cntfrq=1000000000";

/// Longer than any run takes.
pub(super) const LIMIT: Duration = Duration::from_secs(300);

/// Plans and builds the partition of this zones.toml, so that it can be booted, with a console without colours.
pub(super) fn bootable(setup: &Setup, arch: &Arch, zones: &str) -> Result<Bootable, Problem> {
    setup.ensure(arch, &[Need::Emulator]).map_err(describe)?;
    let partition = Partition::of_text(setup, "the benchmark's zones.toml", zones, Path::new(""))
        .map_err(|report| format!("{report:?}"))?
        .without_colour();
    partition.bootable(setup).map_err(|failure| failure.to_string())
}

/// Runs a machine until it ends by itself, and returns its console.
pub(super) fn console_of(command: &mut Command) -> Result<String, Problem> {
    bulkhead::machine::console_of(command, LIMIT).map_err(|failure| failure.to_string())
}

/// The device tree of a board.
pub(super) fn device_tree(board: &QemuBoard) -> Result<DeviceTree, Problem> {
    parsed(&board.device_tree().map_err(|failure| failure.to_string())?)
}

/// A flattened device tree, to be changed.
pub(super) fn parsed(blob: &[u8]) -> Result<DeviceTree, Problem> {
    let fdt = Fdt::new(blob).map_err(|error| format!("the device tree: {error}"))?;
    Ok(DeviceTree::from_fdt(&fdt))
}
