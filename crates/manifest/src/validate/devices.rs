//! Emulated devices are those of the bundle's architecture.

use crate::error::{ManifestError, Occupant};
use crate::parse::{Arch, Manifest};
use crate::zone::{Controller, UartKind};

pub(super) fn check(manifest: &Manifest<'_>) -> Result<(), ManifestError> {
    if !(Arch::Arm64.is_read() && Arch::Riscv64.is_read()) {
        // Where one architecture's devices alone are decoded there are no others.
        return Ok(());
    }
    let arch = manifest.arch();
    for zone in manifest.zones() {
        let (of_controller, controller) = match zone.controller() {
            Controller::Gic(_) => (Arch::Arm64, Occupant::Distributor),
            Controller::Aia(_) => (Arch::Riscv64, Occupant::Aplic),
            Controller::Plic(_) => (Arch::Riscv64, Occupant::Plic),
        };
        let uart = zone.uart().map(|uart| match uart.kind {
            UartKind::Pl011 => (Arch::Arm64, Occupant::Uart),
            UartKind::Ns16550 => (Arch::Riscv64, Occupant::Uart),
        });
        let mut devices = [Some((of_controller, controller)), uart].into_iter().flatten();
        if let Some((_, what)) = devices.find(|(of_device, _)| *of_device != arch) {
            return Err(ManifestError::Foreign { zone: zone.owned_name(), what, arch });
        }
    }
    Ok(())
}
