//! What is refused of zones for riscv64.

use crate::support::{aia, guest, name, ram, refusal, refusal_for, two_riscv64_zones, two_zones};
use addr::GuestPhys;
use manifest::{Arch, Controller, Interrupt, ManifestError, Occupant, Plic, Trigger, UartKind, ZoneSpec};

fn spoiled(spoil: impl FnOnce(&mut Vec<ZoneSpec<'static>>)) -> ManifestError {
    let mut zones = two_riscv64_zones();
    spoil(&mut zones);
    refusal_for(Arch::Riscv64, &zones)
}

fn plic(size: u64, sources: u32) -> Controller {
    Controller::Plic(Plic { frame: guest(0xc00_0000, size), sources })
}

#[test]
fn a_controller_of_another_architecture_is_refused() {
    let error = refusal_for(Arch::Riscv64, &two_zones());
    assert_eq!(
        error,
        ManifestError::Foreign { zone: name("a"), what: Occupant::Distributor, arch: Arch::Riscv64 }
    );
    assert_eq!(error.to_string(), "zone a: the virtual distributor is not for riscv64");
    let mut zones = two_riscv64_zones();
    zones[1].cpus = vec![2];
    for (index, what) in [(0, Occupant::Aplic), (1, Occupant::Plic)] {
        let error = refusal(&zones[index..=index]);
        assert!(matches!(error, ManifestError::Foreign { what: found, .. } if found == what), "{error}");
    }
}

#[test]
fn a_uart_of_another_architecture_is_refused() {
    let error = spoiled(|zones| zones[0].uart.as_mut().expect("a UART").kind = UartKind::Pl011);
    assert_eq!(error, ManifestError::Foreign { zone: name("a"), what: Occupant::Uart, arch: Arch::Riscv64 });
}

#[test]
fn interrupt_files_are_as_many_as_vcpus() {
    for vcpus in [1, 3] {
        let error = spoiled(|zones| zones[0].controller = aia(vcpus, 96));
        assert_eq!(error, ManifestError::Frame { zone: name("a"), what: Occupant::Imsic });
    }
}

#[test]
fn an_aplic_too_small_for_its_registers_is_refused() {
    let error = spoiled(|zones| {
        let Controller::Aia(aia) = &mut zones[0].controller else { panic!("an APLIC") };
        aia.aplic = guest(0xd00_0000, 0x3000);
    });
    assert_eq!(error, ManifestError::Frame { zone: name("a"), what: Occupant::Aplic });
}

#[test]
fn frames_are_whole_pages() {
    let error = spoiled(|zones| {
        let Controller::Aia(aia) = &mut zones[0].controller else { panic!("an APLIC") };
        aia.imsic = guest(0x2800_0800, 0x2000);
    });
    assert_eq!(error, ManifestError::Frame { zone: name("a"), what: Occupant::Imsic });
}

#[test]
fn a_plic_has_a_context_for_each_vcpu() {
    let error = spoiled(|zones| zones[1].controller = plic(0x20_0000, 40));
    assert_eq!(error, ManifestError::Frame { zone: name("b"), what: Occupant::Plic });
}

#[test]
fn sources_are_1_to_1023() {
    for count in [0, 1024, u32::MAX] {
        let error = spoiled(|zones| zones[0].controller = aia(2, count));
        assert_eq!(error, ManifestError::SourceCount { zone: name("a"), count });
        let error = spoiled(|zones| zones[1].controller = plic(0x20_1000, count));
        assert_eq!(error, ManifestError::SourceCount { zone: name("b"), count });
    }
}

#[test]
fn interrupt_numbers_are_sources() {
    for (virtual_number, physical_number, what, number) in
        [(0, 20, "virtual", 0), (97, 20, "virtual", 97), (20, 0, "physical", 0), (20, 1024, "physical", 1024)]
    {
        let interrupt = Interrupt { virtual_number, physical_number, trigger: Trigger::Level };
        let error = spoiled(|zones| zones[0].interrupts.push(interrupt));
        assert_eq!(error, ManifestError::InterruptNumber { zone: name("a"), what, number });
    }
}

#[test]
fn the_uarts_interrupt_is_a_source() {
    for number in [0, 97] {
        let error = spoiled(|zones| zones[0].uart.as_mut().expect("a UART").interrupt = number);
        assert_eq!(error, ManifestError::InterruptNumber { zone: name("a"), what: "virtual", number });
    }
}

#[test]
fn memory_over_a_controller_is_refused() {
    for (zone, at, what) in
        [(0, 0xd00_7000, Occupant::Aplic), (0, 0x2800_1000, Occupant::Imsic), (1, 0xc20_0000, Occupant::Plic)]
    {
        let error = spoiled(|zones| zones[zone].regions.push(ram(at, 0x1000)));
        assert!(matches!(error, ManifestError::GuestOverlap { second, .. } if second == what), "{error}");
    }
}

#[test]
fn an_entry_point_between_halfwords_is_refused() {
    let mut zones = two_riscv64_zones();
    zones[0].entry = GuestPhys::new(0x5000_0002);
    assert!(manifest::write(Arch::Riscv64, false, &zones, &[]).is_ok());
    let entry = GuestPhys::new(0x5000_0001);
    let error = spoiled(|zones| zones[0].entry = entry);
    assert_eq!(error, ManifestError::Entry { zone: name("a"), entry });
}
