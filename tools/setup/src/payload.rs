//! Guest payloads: what a zone may name as `guest:NAME` instead of a file.

mod channels;
mod debian;
mod devices;

use std::path::PathBuf;

use flate2::Crc;

pub(crate) use debian::{KernelFiles, kernel};

use crate::cache::{cached, read, write};
use crate::{Arch, Setup, SetupError, cross_build, initramfs};

/// The name of the initramfs that is made here around Debian's static busybox.
const INITRAMFS: &str = "busybox";

/// The name of the same with what Linux guests take for channels.
const CHANNELS: &str = "ivc";

/// The name of the same with the drivers of devices that zones own.
const DEVICES: &str = "devices";

/// The programs of the `guests/` folder that are built for any architecture.
const BARE_METAL: [&str; 8] =
    ["aplic-script", "flooded", "gic-script", "hostile", "interrupts", "ivc-peer", "meter", "ticker"];

/// The payloads of an architecture of which at least a part is fetched.
pub(crate) fn fetched(arch: &Arch) -> impl Iterator<Item = &'static str> {
    arch.kernels.list.iter().map(|kernel| kernel.payload).chain([
        INITRAMFS,
        debian::HACKBENCH.name,
        debian::IPERF3.name,
        CHANNELS,
        DEVICES,
    ])
}

/// The payload's file, fetched or built if need be.
pub(crate) fn payload(setup: &Setup, arch: &Arch, name: &str) -> Result<PathBuf, SetupError> {
    if let Some(kernel) = arch.kernels.list.iter().find(|kernel| kernel.payload == name) {
        return debian::kernel(setup, arch, kernel).map(|kernel| kernel.image);
    }
    if name == INITRAMFS {
        return debian::initramfs(setup, arch);
    }
    if name == CHANNELS {
        return channels::initramfs(setup, arch);
    }
    if name == DEVICES {
        return devices::initramfs(setup, arch);
    }
    if name == debian::HACKBENCH.name {
        return debian::with_program(
            setup,
            arch,
            read(&debian::initramfs(setup, arch)?)?,
            &debian::HACKBENCH,
        );
    }
    if name == debian::IPERF3.name {
        let with_channels = read(&channels::initramfs(setup, arch)?)?;
        let with_drivers = initramfs::joined(with_channels, &devices::drivers(setup, arch)?);
        return debian::with_program(setup, arch, with_drivers, &debian::IPERF3);
    }
    if BARE_METAL.contains(&name) {
        return cross_build::guest(setup, arch, name);
    }
    if arch.guests_in_c.contains(&name) {
        return cross_build::guest_in_c(setup, arch, name);
    }
    let known: Vec<_> = fetched(arch).chain(BARE_METAL).chain(arch.guests_in_c.iter().copied()).collect();
    Err(SetupError::new(format!("find the payload guest:{name}"))
        .because(format!("there is none of this name for {}", arch.name))
        .remedy(format!("choose one of {}", known.join(", "))))
}

/// Keeps an initramfs under a name that changes whenever its content does.
fn packed(setup: &Setup, arch: &Arch, name: &str, why: &str, bytes: &[u8]) -> Result<PathBuf, SetupError> {
    let mut sum = Crc::new();
    sum.update(bytes);
    let archive = format!("initramfs-{:08x}.cpio.gz", sum.sum());
    cached(setup, arch, name, &archive, why, |folder, _step| {
        write(&folder.join(&archive), bytes)?;
        Ok(format!("{} KiB", bytes.len() / 1024))
    })
}

#[cfg(test)]
mod tests {
    use super::payload;
    use crate::{Arch, Setup, Verbosity};

    #[test]
    fn a_payload_that_an_architecture_lacks_is_refused_with_those_that_it_has() {
        let setup = Setup::open(Verbosity::Silent).expect("a cache folder");
        let error = payload(&setup, Arch::RISCV64, "linux-6.1").expect_err("refusal");
        assert!(error.to_string().contains("none of this name for riscv64"), "{error}");
        let way_out = "choose one of linux-6.12, busybox, hackbench, iperf3, ivc, devices, aplic-script, flooded, gic-script, hostile, interrupts, ivc-peer, meter, ticker";
        assert_eq!(error.way_out(), Some(way_out));
    }
}
