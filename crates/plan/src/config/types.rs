//! zones.toml as types. The comments here are the texts that editors show.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::values::{Bytes, Device, Memory, Peer, Several};

/// A partition of a machine into zones.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The machine.
    pub board: Board,
    /// The hypervisor's console.
    #[serde(default)]
    pub console: Console,
    /// The zones. Their order is the order of the keys Ctrl-] 1, Ctrl-] 2, … on the console.
    #[serde(rename = "zone")]
    #[schemars(with = "Vec<Zone>")]
    pub zones: Vec<Spanned<Zone>>,
    /// Memory that zones share. The order of the channels is that of their numbers, from 0.
    #[serde(default, rename = "channel")]
    #[schemars(with = "Vec<Channel>")]
    pub channels: Vec<Spanned<Channel>>,
}

/// An architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    /// 64-bit Arm.
    Arm64,
    /// 64-bit RISC-V with the hypervisor extension.
    Riscv64,
}

impl From<Arch> for manifest::Arch {
    fn from(arch: Arch) -> Self {
        match arch {
            Arch::Arm64 => Self::Arm64,
            Arch::Riscv64 => Self::Riscv64,
        }
    }
}

/// The machine: an emulated one (`qemu`) or any other by its device tree (`dtb`).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Board {
    /// Its architecture. Without it: the one of its device tree, or arm64 for a machine that QEMU emulates.
    #[schemars(with = "Option<Arch>")]
    pub arch: Option<Spanned<Arch>>,
    /// A machine that QEMU emulates.
    pub qemu: Option<Qemu>,
    /// The board's device tree blob, a path relative to this file.
    pub dtb: Option<String>,
    /// Memory left to the boot loader for the hypervisor's image, the bundle and the device tree. Without it on
    /// arm64: the start of the first RAM bank, 128 MiB and the size of the bundle; on riscv64: where QEMU puts
    /// them, or behind the firmware 256 MiB and the size of the bundle.
    #[schemars(with = "Option<Area>")]
    pub boot_area: Option<Spanned<Area>>,
    /// Further memory that no zone may have.
    #[serde(default)]
    #[schemars(with = "Vec<Area>")]
    pub reserved: Vec<Spanned<Area>>,
}

impl Board {
    /// The architecture that the file asks for, whatever the device tree will say.
    pub fn arch(&self) -> manifest::Arch {
        self.arch.as_ref().map_or(manifest::Arch::Arm64, |arch| (*arch.get_ref()).into())
    }
}

/// The values of QEMU's options.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Qemu {
    /// -machine, for example "virt,virtualization=on,gic-version=3".
    pub machine: String,
    /// -cpu, for example "max" or "cortex-a72".
    pub cpu: String,
    /// -smp: the number of CPUs.
    pub smp: usize,
    /// -m, for example "2G".
    pub memory: String,
}

/// A range of physical memory.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Area {
    /// Its physical address.
    pub at: u64,
    /// Its size.
    pub size: Bytes,
}

/// The hypervisor's console.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Console {
    /// Whether the lines of each zone have a colour.
    #[serde(default = "yes")]
    pub colour: bool,
}

impl Default for Console {
    fn default() -> Self {
        Self { colour: true }
    }
}

/// A zone: what it owns and what runs in it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Zone {
    /// Its name, on the console too: up to 31 of a-z, 0-9, _ and -.
    #[schemars(with = "String", regex(pattern = "^[a-z0-9_-]{1,31}$"))]
    pub name: Spanned<String>,
    /// Its physical CPUs, for it alone: 0 is the first CPU of the board's device tree. The first is vCPU 0.
    #[schemars(with = "Vec<u32>")]
    pub cpus: Spanned<Vec<Spanned<u32>>>,
    /// Its memory: a size such as "256M", or a list of pieces.
    #[schemars(with = "Memory")]
    pub memory: Spanned<Memory>,
    /// Its kernel, an Image of the board's architecture: a path relative to this file, or guest:NAME for one that set-up fetches.
    #[schemars(with = "Option<String>")]
    pub kernel: Option<Spanned<String>>,
    /// Its initial RAM disk, named like the kernel.
    #[schemars(with = "Option<String>")]
    pub initrd: Option<Spanned<String>>,
    /// The kernel's command line.
    pub cmdline: Option<String>,
    /// Binaries that are copied into its memory as they are.
    #[serde(default)]
    #[schemars(with = "Several<Raw>")]
    pub raw: Several<Raw>,
    /// A device tree to use instead of the derived one.
    #[schemars(with = "Option<String>")]
    pub dtb: Option<Spanned<String>>,
    /// Whether the devices that `dtb` describes are found on the board and given to the zone.
    #[serde(rename = "match")]
    #[schemars(with = "Option<bool>")]
    pub match_devices: Option<Spanned<bool>>,
    /// Where the kernel goes, a guest-physical address. Without it: the start of the memory.
    #[schemars(with = "Option<u64>")]
    pub kernel_load: Option<Spanned<u64>>,
    /// Where the initial RAM disk goes, a guest-physical address. Without it: behind the device tree.
    #[schemars(with = "Option<u64>")]
    pub initrd_load: Option<Spanned<u64>>,
    /// Where the device tree goes, a guest-physical address. Without it: behind the kernel.
    #[schemars(with = "Option<u64>")]
    pub dtb_load: Option<Spanned<u64>>,
    /// Its first instruction, a guest-physical address. Without it: the start of the kernel.
    #[schemars(with = "Option<u64>")]
    pub entry: Option<Spanned<u64>>,
    /// How its interrupts reach it. Without it: auto.
    #[schemars(with = "Option<Delivery>")]
    pub interrupts: Option<Spanned<Delivery>>,
    /// Devices it owns: paths, aliases, labels or names in the board's device tree, or tables that say more.
    #[serde(default)]
    #[schemars(with = "Vec<Device>")]
    pub devices: Vec<Spanned<Device>>,
    /// Whether it has a virtual UART, which is its console.
    #[serde(default = "yes")]
    pub uart: bool,
}

/// How interrupts reach a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Delivery {
    /// Straight from the board's interrupt controller, without the hypervisor.
    Direct,
    /// By the hypervisor.
    Virtual,
    /// As is best for any guest on the board.
    Auto,
}

/// A piece of a zone's memory.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Piece {
    /// Its size.
    #[schemars(with = "Bytes")]
    pub size: Spanned<Bytes>,
    /// Its physical address. Without it: chosen by the planner.
    pub at: Option<u64>,
    /// Its guest-physical address. Without it: the same as the physical one.
    pub ipa: Option<u64>,
}

/// A device by one of its names, with what the board's device tree does not say of it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeviceTable {
    /// Its path in the board's device tree; without a slash at the front its alias, its label, or its node's name.
    pub path: Option<String>,
    /// Its alias in the board's device tree.
    pub alias: Option<String>,
    /// Its label in the source of the board's device tree, which must have been compiled with symbols.
    pub label: Option<String>,
    /// What it is compatible with: the first such device, by the address of its first registers, that nobody has.
    pub compatible: Option<String>,
    /// What of it the zone gets: reg0 to reg9, regA to regZ, and irq0 to irqZ, by their places. Without it: all.
    #[schemars(with = "Option<Vec<String>>")]
    pub resources: Option<Vec<Spanned<String>>>,
    /// Whether it reaches memory by itself. Without it: as known by its `compatible`; a device that does, or that is not known, is refused.
    pub dma: Option<Dma>,
}

/// What a device's DMA is known to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dma {
    /// It does none: the device's manual says so.
    None,
    /// It may reach all memory of the board, and whoever drives it is trusted not to: a hole in the isolation.
    Trusted,
}

/// A binary that is copied into a zone's memory.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Raw {
    /// The file, named like a kernel.
    #[schemars(with = "String")]
    pub file: Spanned<String>,
    /// Where it goes, a guest-physical address.
    #[schemars(with = "u64")]
    pub load: Spanned<u64>,
    /// The zone's first instruction, if it is in this binary: a guest-physical address.
    #[schemars(with = "Option<u64>")]
    pub entry: Option<Spanned<u64>>,
}

/// Memory that zones share, and a doorbell for each of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Channel {
    /// Its name: up to 31 of a-z, 0-9, _ and -.
    #[schemars(with = "String", regex(pattern = "^[a-z0-9_-]{1,31}$"))]
    pub name: Spanned<String>,
    /// The zones that share it, 2 to 16, each once: names, or tables that say more. The first is peer 0.
    #[schemars(with = "Vec<Peer>")]
    pub peers: Spanned<Vec<Spanned<Peer>>>,
    /// The section that every peer may write: whole pages. Without it: none.
    #[schemars(with = "Option<Bytes>")]
    pub rw: Option<Spanned<Bytes>>,
    /// The section of each peer, which that peer alone may write and the others may read: whole pages.
    #[schemars(with = "Option<Bytes>")]
    pub out: Option<Spanned<Bytes>>,
    /// The same as `rw`.
    #[serde(rename = "rw_sec_size")]
    #[schemars(with = "Option<Bytes>")]
    pub rw_sec_size: Option<Spanned<Bytes>>,
    /// The same as `out`.
    #[serde(rename = "out_sec_size")]
    #[schemars(with = "Option<Bytes>")]
    pub out_sec_size: Option<Spanned<Bytes>>,
    /// How many peers there are: refused where it is another number.
    #[serde(rename = "max_peers")]
    #[schemars(with = "Option<u32>")]
    pub max_peers: Option<Spanned<u32>>,
}

/// A zone's end of a channel with what the planner would choose.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeerTable {
    /// The zone's name.
    pub zone: String,
    /// Where it sees the control table, a guest-physical address of a page. Without it: behind the shared memory.
    #[schemars(with = "Option<u64>")]
    pub control_table_ipa: Option<Spanned<u64>>,
    /// Where it sees the shared memory, a guest-physical address of a page. Without it: the same as the physical one.
    #[schemars(with = "Option<u64>")]
    pub shared_mem_ipa: Option<Spanned<u64>>,
    /// The interrupt that rings it, an INTID from 32 on or a source: one that no device of the board has. Without it: chosen by the planner.
    #[schemars(with = "Option<u32>")]
    pub interrupt_num: Option<Spanned<u32>>,
}

fn yes() -> bool {
    true
}
