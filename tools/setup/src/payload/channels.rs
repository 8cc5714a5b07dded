//! The initramfs of Linux guests that have channels: the plain one with the driver for each kernel and the command.

use std::path::PathBuf;

use super::{CHANNELS, debian, packed};
use crate::cache::read;
use crate::{Arch, Setup, SetupError, cross_build, initramfs, linux_driver};

/// The command's package, and the name that it has in a guest.
const COMMAND: &str = "bulkhead-ivc";

/// The initramfs.
pub(super) fn initramfs(setup: &Setup, arch: &Arch) -> Result<PathBuf, SetupError> {
    let without = read(&debian::initramfs(setup, arch)?)?;
    let mut programs = vec![(format!("bin/{COMMAND}"), read(&cross_build::guest(setup, arch, COMMAND)?)?)];
    for series in arch.kernels.list {
        let kernel = debian::kernel(setup, arch, series)?;
        let driver = linux_driver::module(setup, arch, series)?;
        let name = |module: &str| format!("lib/modules/{}/{module}.ko", kernel.release);
        programs.push((name(linux_driver::NAME), read(&driver)?));
        programs.push((name("tun"), read(&kernel.tun)?));
    }
    let failed = |error| SetupError::new("make the initramfs with channels").because(error);
    let bytes = initramfs::with_programs(without, &programs).map_err(failed)?;
    packed(setup, arch, CHANNELS, "Linux guests with channels", &bytes)
}
