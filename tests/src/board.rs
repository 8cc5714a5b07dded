//! The emulated boards that scenarios run on: one row per architecture.

/// A board of QEMU's, with the names that its guests need.
#[derive(Debug, PartialEq, Eq)]
pub struct Board {
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
}

/// QEMU's `virt` machine for 64-bit Arm with GICv3.
pub const ARM64: Board = Board {
    machine: "virt,virtualization=on,gic-version=3",
    cpu: "max",
    cpus: 4,
    memory: "2G",
    console: "console=ttyAMA0",
};

/// 64-bit Arm CPU models that differ in what the hypervisor may use.
pub mod arm64_cpu {
    /// Armv8.0 with 40-bit physical addresses, without the virtualization host extensions.
    pub const CORTEX_A53: &str = "cortex-a53";
    /// Armv8.0 with 44-bit physical addresses, without the virtualization host extensions.
    pub const CORTEX_A72: &str = "cortex-a72";
}
