//! What differs between the architectures, as one table row each: no other module names an architecture.

/// The names one architecture goes by in Debian, in Rust and in QEMU.
#[derive(Debug, PartialEq, Eq)]
pub struct Arch {
    /// The short name, also the name of its folder in the cache.
    pub name: &'static str,
    /// Rust's target triple for code without an operating system.
    pub rust_target: &'static str,
    /// Debian's architecture name.
    pub debian: &'static str,
    /// QEMU's system emulator.
    pub emulator: &'static str,
    /// The Debian package that holds the emulator.
    pub emulator_package: &'static str,
}

/// 64-bit Arm.
pub(crate) const ARM64: Arch = Arch {
    name: "arm64",
    rust_target: "aarch64-unknown-none-softfloat",
    debian: "arm64",
    emulator: "qemu-system-aarch64",
    emulator_package: "qemu-system-arm",
};
