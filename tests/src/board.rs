//! The emulated boards that scenarios run on: one row each.

use setup::Arch;

use crate::moved_image::Place;

/// A board of QEMU's, with what scenarios must know of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Board {
    /// Its name in those of the tests.
    pub name: &'static str,
    /// The architecture.
    pub arch: &'static Arch,
    /// QEMU's machine with the properties that a hypervisor needs.
    pub machine: &'static str,
    /// CPU model unless the scenario chooses one.
    pub cpu: &'static str,
    /// Number of CPUs.
    pub cpus: usize,
    /// Memory in the notation of zones.toml.
    pub memory: &'static str,
    /// What a Linux guest's command line must say to print on its console.
    pub console: &'static str,
    /// The machine's property that puts another interrupt controller in, and what a refusal of it names.
    pub other_interrupt_controller: (&'static str, &'static str),
    /// How QEMU is told where the image goes.
    pub place: Place,
    /// An address for the image that is 2 MiB-aligned, in RAM, and not where QEMU puts it by itself.
    pub elsewhere: u64,
}

impl Board {
    /// The machine as a guest without a hypervisor has it: on arm64 the CPUs start at EL1.
    pub fn machine_without_hypervisor(&self) -> String {
        self.machine.replace("virtualization=on,", "")
    }

    /// The same with two security states: a guest starts on the Non-secure side at EL1, and nothing runs on the other.
    pub fn machine_with_two_security_states(&self) -> String {
        self.machine_without_hypervisor() + ",secure=on"
    }
}

/// QEMU's `virt` machine for 64-bit Arm with GICv3.
pub const ARM64: &Board = &Board {
    name: "arm64",
    arch: Arch::ARM64,
    machine: "virt,virtualization=on,gic-version=3",
    cpu: "max",
    cpus: 4,
    memory: "2G",
    console: "console=ttyAMA0",
    other_interrupt_controller: ("gic-version=2", "GIC"),
    place: Place::ImageHeader { from: 0x4000_0000 },
    elsewhere: 0x4640_0000,
};

/// The same machine with a GICv2.
pub const ARM64_GICV2: &Board = &Board {
    name: "arm64-gicv2",
    machine: "virt,virtualization=on,gic-version=2",
    other_interrupt_controller: ("gic-version=3", "GIC"),
    ..*ARM64
};

/// QEMU's `virt` machine for 64-bit RISC-V with the AIA: APLIC, IMSIC, and guest interrupt files.
pub const RISCV64: &Board = &Board {
    name: "riscv64",
    arch: Arch::RISCV64,
    machine: "virt,aia=aplic-imsic,aia-guests=3",
    cpu: "rv64",
    cpus: 4,
    memory: "2G",
    console: "console=ttyS0",
    other_interrupt_controller: ("aia=none", "AIA"),
    place: Place::ProgramHeader { machine: 243 },
    elsewhere: 0x9640_0000,
};

/// The same machine without AIA: its interrupt controller is a PLIC.
pub const RISCV64_PLIC: &Board = &Board {
    name: "riscv64-plic",
    machine: "virt",
    other_interrupt_controller: ("aia=aplic-imsic,aia-guests=1", "PLIC"),
    ..*RISCV64
};

/// The best board of each architecture: what does not depend on the board runs on these.
pub const EACH_ARCHITECTURE: &[&Board] = &[ARM64, RISCV64];

/// Boards with every interrupt controller there is.
pub const EACH_INTERRUPT_CONTROLLER: &[&Board] = &[ARM64, ARM64_GICV2, RISCV64, RISCV64_PLIC];

/// 64-bit Arm CPU models that differ in what the hypervisor may use.
pub mod arm64_cpu {
    /// Armv8.0 with 40-bit physical addresses, without the virtualization host extensions.
    pub const CORTEX_A53: &str = "cortex-a53";
    /// Armv8.0 with 44-bit physical addresses, without the virtualization host extensions.
    pub const CORTEX_A72: &str = "cortex-a72";
}

/// 64-bit RISC-V CPU models that differ in what the hypervisor may use.
pub mod riscv64_cpu {
    /// Every extension that QEMU has.
    pub const MAX: &str = "max";
    /// Page tables of three levels alone.
    pub const SV39: &str = "rv64,sv48=off,sv57=off";
}
