//! A valid manifest on machines that it does not fit.

use crate::support::{
    bundle, bundle_for, bundle_with, channels, host, name, two_riscv64_zones, two_zones, zones_with_channels,
};
use addr::{HostPhys, Range};
use manifest::{Arch, BoardError, BoardView, ChannelIndex, Manifest, Reserved};

struct Machine {
    ram: Vec<Range<HostPhys>>,
    reserved: Vec<Reserved>,
    cpus: Vec<u64>,
    devices: Vec<Reserved>,
    last_interrupt: u32,
}

impl Machine {
    /// A machine that the two zones fit.
    fn new() -> Self {
        Self {
            ram: vec![host(0x4000_0000, 0x4000_0000)],
            reserved: vec![Reserved { range: host(0x4000_0000, 0x1000_0000), what: "the hypervisor" }],
            cpus: vec![0, 1, 0x100, 0x101],
            devices: vec![Reserved { range: host(0x900_0000, 0x1000), what: "the console" }],
            last_interrupt: 255,
        }
    }

    fn check(&self) -> Result<(), BoardError> {
        self.check_bundle(&bundle(&two_zones()))
    }

    fn check_bundle(&self, bytes: &[u8]) -> Result<(), BoardError> {
        let Self { ram, reserved, cpus, devices, last_interrupt } = self;
        let last_interrupt = *last_interrupt;
        let view = BoardView { ram, reserved, arch: Arch::Arm64, cpus, devices, last_interrupt };
        Manifest::parse(bytes).expect("valid").check_board(&view)
    }
}

#[test]
fn a_machine_that_has_everything_is_accepted() {
    assert_eq!(Machine::new().check(), Ok(()));
}

#[test]
fn a_cpu_that_is_absent_is_named() {
    let machine = Machine { cpus: vec![0, 1], ..Machine::new() };
    assert_eq!(machine.check(), Err(BoardError::NoCpu { zone: name("b"), hardware_id: 0x100 }));
}

#[test]
fn memory_beyond_the_ram_is_refused() {
    let machine = Machine { ram: vec![host(0x4000_0000, 0x2000_0000)], ..Machine::new() };
    let range = host(0x6000_0000, 0x100_0000);
    assert_eq!(machine.check(), Err(BoardError::NotRam { zone: name("b"), range }));
}

#[test]
fn memory_of_the_hypervisor_is_refused() {
    let mut machine = Machine::new();
    // One byte of the region's last page.
    machine.reserved.push(Reserved { range: host(0x50ff_ffff, 1), what: "the bundle" });
    let error = machine.check().unwrap_err();
    assert_eq!(
        error.to_string(),
        "0x50000000..0x51000000 of zone a overlaps 0x50ffffff..0x51000000, which belongs to the bundle"
    );
}

#[test]
fn a_device_of_the_hypervisor_is_refused() {
    let mut machine = Machine::new();
    machine.devices.push(Reserved { range: host(0xa00_0200, 0x200), what: "the interrupt controller" });
    assert!(matches!(machine.check(), Err(BoardError::Taken { what: "the interrupt controller", .. })));
}

#[test]
fn ram_is_no_device() {
    let mut machine = Machine::new();
    machine.ram.push(host(0xa00_0000, 0x1000));
    let range = host(0xa00_0000, 0x1000);
    assert_eq!(machine.check(), Err(BoardError::DeviceInRam { zone: name("a"), range }));
}

#[test]
fn memory_of_a_channel_is_free_ram() {
    let bytes = bundle_with(Arch::Arm64, &zones_with_channels(Arch::Arm64), &channels(Arch::Arm64));
    assert_eq!(Machine::new().check_bundle(&bytes), Ok(()));
    let refused =
        Err(BoardError::ChannelMemory { channel: ChannelIndex(0), range: host(0x7000_0000, 0x6000) });
    let machine = Machine { ram: vec![host(0x4000_0000, 0x3000_5000)], ..Machine::new() };
    assert_eq!(machine.check_bundle(&bytes), refused);
    let mut machine = Machine::new();
    machine.reserved.push(Reserved { range: host(0x7000_5fff, 1), what: "the bundle" });
    assert_eq!(machine.check_bundle(&bytes), refused);
    let error = machine.check_bundle(&bytes).unwrap_err();
    let told = "memory 0x70000000..0x70006000 of channel number 0 is not free RAM of this board";
    assert_eq!(error.to_string(), told);
}

#[test]
fn an_interrupt_that_the_controller_lacks_is_refused() {
    let machine = Machine { last_interrupt: 49, ..Machine::new() };
    assert_eq!(machine.check(), Err(BoardError::NoInterrupt { zone: name("a"), number: 50, last: 49 }));
}

#[test]
fn a_bundle_for_another_architecture_is_refused() {
    let bytes = bundle_for(Arch::Riscv64, &two_riscv64_zones());
    let Machine { ram, reserved, cpus, devices, last_interrupt } = &Machine::new();
    let last_interrupt = *last_interrupt;
    let view = BoardView { ram, reserved, arch: Arch::Arm64, cpus, devices, last_interrupt };
    let error = Manifest::parse(&bytes).expect("valid").check_board(&view).unwrap_err();
    assert_eq!(error, BoardError::Arch { bundle: Arch::Riscv64, board: Arch::Arm64 });
    assert_eq!(error.to_string(), "it is for riscv64, and this board is arm64");
}
