//! What differs between the architectures, as one table row each: no other module names an architecture.

/// The names one architecture goes by in Debian, in Rust and in QEMU.
#[derive(Debug, PartialEq, Eq)]
pub struct Arch {
    /// The short name: `arch` in zones.toml, and the name of its folder in the cache.
    pub name: &'static str,
    /// Rust's target triple for code without an operating system.
    pub rust_target: &'static str,
    /// Debian's architecture name.
    pub debian: &'static str,
    /// The GNU tools' name for a Linux of this architecture.
    pub gnu: &'static str,
    /// QEMU's system emulator.
    pub emulator: &'static str,
    /// The Debian packages that hold the emulator and the firmware of its boards.
    pub emulator_packages: &'static [&'static str],
    /// The file among QEMU's data that the emulated board starts with; none where it starts with what it boots.
    pub firmware: Option<&'static str>,
    /// Offset and value of the magic number in the header of a Linux Image (Linux, Documentation/arch/arm64/booting
    /// and Documentation/arch/riscv/boot-image-header).
    pub image_magic: (usize, &'static [u8]),
    /// How Debian packages its kernels.
    pub(crate) kernels: Kernels,
    /// Those of the `guests/` folder that are for this architecture alone and take a C compiler.
    pub guests_in_c: &'static [&'static str],
}

/// Debian's kernels for one architecture.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kernels {
    /// Those that guests may boot.
    pub(crate) list: &'static [Kernel],
    /// What the package's name has behind the architecture. Where kernels are signed it is `-unsigned`: a
    /// signature would only make it another file to unpack.
    pub(crate) suffix: &'static str,
    /// How the name of the Image begins in the package's `boot` folder.
    pub(crate) file: &'static str,
}

/// A kernel series and the suite that carries it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kernel {
    /// The payload's name.
    pub(crate) payload: &'static str,
    /// The series, such as `6.12`.
    pub(crate) release: &'static str,
    /// Debian's suite.
    pub(crate) suite: &'static str,
}

const LINUX_6_12: Kernel = Kernel { payload: "linux-6.12", release: "6.12", suite: "trixie" };
const LINUX_6_1: Kernel = Kernel { payload: "linux-6.1", release: "6.1", suite: "bookworm" };

impl Arch {
    /// 64-bit Arm.
    pub const ARM64: &Self = &Self {
        name: "arm64",
        rust_target: "aarch64-unknown-none-softfloat",
        debian: "arm64",
        gnu: "aarch64-linux-gnu",
        emulator: "qemu-system-aarch64",
        emulator_packages: &["qemu-system-arm"],
        firmware: None,
        image_magic: (56, b"ARM\x64"),
        kernels: Kernels { list: &[LINUX_6_12, LINUX_6_1], suffix: "-unsigned", file: "vmlinuz-" },
        guests_in_c: &["freertos"],
    };

    /// 64-bit RISC-V.
    pub const RISCV64: &Self = &Self {
        name: "riscv64",
        // Without floating point: the registers are the guest's.
        rust_target: "riscv64imac-unknown-none-elf",
        debian: "riscv64",
        gnu: "riscv64-linux-gnu",
        emulator: "qemu-system-riscv64",
        emulator_packages: &["qemu-system-riscv", "opensbi"],
        firmware: Some("opensbi-riscv64-generic-fw_dynamic.bin"),
        image_magic: (56, b"RSC\x05"),
        // Debian 13 is the first release for riscv64.
        kernels: Kernels { list: &[LINUX_6_12], suffix: "", file: "vmlinux-" },
        guests_in_c: &[],
    };

    /// Every architecture.
    pub const ALL: [&Self; 2] = [Self::ARM64, Self::RISCV64];

    /// The architecture of a short name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.into_iter().find(|arch| arch.name == name)
    }
}
