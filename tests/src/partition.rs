//! Partitions as scenarios describe them, turned into the zones.toml that a user would write.

use std::fmt::Write;
use std::path::Path;

use crate::board::Board;

/// Debian's kernels by their payload names.
pub mod kernel {
    /// The kernel of Debian 13.
    pub const LINUX_6_12: &str = "guest:linux-6.12";
    /// The kernel of Debian 12.
    pub const LINUX_6_1: &str = "guest:linux-6.1";
}

/// A partition of whatever board the scenario runs on.
#[derive(Clone, Debug)]
pub struct Partition {
    cpu: Option<&'static str>,
    cpus: Option<usize>,
    zones: Vec<Zone>,
    channels: Vec<Channel>,
}

/// A channel: the names of its peers, and the sizes of its sections in the notation of zones.toml.
#[derive(Clone, Debug)]
struct Channel {
    peers: Vec<&'static str>,
    rw: &'static str,
    out: &'static str,
}

/// One zone.
#[derive(Clone, Debug)]
pub struct Zone {
    name: &'static str,
    cpus: Vec<usize>,
    memory: &'static str,
    kernel: &'static str,
    initrd: Option<&'static str>,
    cmdline: String,
    /// As the list in zones.toml has them.
    devices: Vec<String>,
    /// The value of `interrupts`, where there is one.
    interrupts: Option<&'static str>,
    own_tree: Option<OwnTree>,
}

/// The device tree that would be derived for a zone, but with another number for the interrupt of a device, as a file of
/// the zone's own that is matched to the board.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnTree {
    /// The name of the device's node.
    pub(crate) node: &'static str,
    /// The guest's INTID or source.
    pub(crate) interrupt: u32,
}

/// Where the memory of the zone at a place of the partition is if it has a tree of its own, which says it. Of two such
/// zones of 256 MiB both are free on every board.
const fn own_memory(place: usize) -> u64 {
    0x9000_0000 + 0x2000_0000 * place as u64
}

impl Partition {
    /// A partition with these zones.
    pub fn of(zones: impl IntoIterator<Item = Zone>) -> Self {
        Self { cpu: None, cpus: None, zones: zones.into_iter().collect(), channels: Vec::new() }
    }

    /// The same partition for a board with another CPU model.
    #[must_use]
    pub fn on_cpu(self, cpu: &'static str) -> Self {
        Self { cpu: Some(cpu), ..self }
    }

    /// The same partition for a board with so many CPUs.
    #[must_use]
    pub fn on_cpus(self, cpus: usize) -> Self {
        Self { cpus: Some(cpus), ..self }
    }

    /// The same partition with one more channel between these zones.
    #[must_use]
    pub fn with_channel(
        mut self,
        peers: impl IntoIterator<Item = &'static str>,
        rw: &'static str,
        out: &'static str,
    ) -> Self {
        self.channels.push(Channel { peers: peers.into_iter().collect(), rw, out });
        self
    }

    /// The zones that bring a tree of their own.
    pub(crate) fn own_trees(&self) -> impl Iterator<Item = (&'static str, OwnTree)> {
        self.zones.iter().filter_map(|zone| Some((zone.name, zone.own_tree?)))
    }

    /// The partition of `board` as the text of a zones.toml, with derived trees alone.
    pub fn to_toml(&self, board: &Board) -> String {
        self.text(board, None)
    }

    /// The same with the zones' own trees, which are in `folder`: ZONE.dtb.
    pub(crate) fn to_toml_with_trees(&self, board: &Board, folder: &Path) -> String {
        self.text(board, Some(folder))
    }

    fn text(&self, board: &Board, folder: Option<&Path>) -> String {
        let Board { arch, machine, cpus, memory, console, .. } = board;
        let arch = arch.name;
        let (cpu, cpus) = (self.cpu.unwrap_or(board.cpu), self.cpus.unwrap_or(*cpus));
        let mut text = format!(
            "[board]\narch = \"{arch}\"\nqemu = {{ machine = \"{machine}\", cpu = \"{cpu}\", smp = {cpus}, memory = \"{memory}\" }}\n"
        );
        for (place, zone) in self.zones.iter().enumerate() {
            let Zone { name, cpus, memory, kernel, initrd, cmdline, devices, interrupts, own_tree } = zone;
            let memory = match own_tree {
                Some(_) => format!("[{{ size = \"{memory}\", at = {:#x} }}]", own_memory(place)),
                None => format!("\"{memory}\""),
            };
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "\n[[zone]]\nname = \"{name}\"\ncpus = {cpus:?}\nmemory = {memory}\nkernel = \"{kernel}\"\n"
            );
            // A literal string: the command line has quotes of its own.
            let _ = match initrd {
                // Linux must be told its console; a bare-metal guest finds it.
                Some(initrd) => writeln!(text, "initrd = \"{initrd}\"\ncmdline = '{console} {cmdline}'"),
                None => writeln!(text, "cmdline = '{cmdline}'"),
            };
            if let Some(interrupts) = interrupts {
                let _ = writeln!(text, "interrupts = \"{interrupts}\"");
            }
            if let (Some(_), Some(folder)) = (own_tree, folder) {
                let _ = writeln!(text, "dtb = '{}/{name}.dtb'\nmatch = true", folder.display());
            }
            if !devices.is_empty() {
                let _ = writeln!(text, "devices = [{}]", devices.join(", "));
            }
        }
        for (index, Channel { peers, rw, out }) in self.channels.iter().enumerate() {
            let _ = write!(
                text,
                "\n[[channel]]\nname = \"channel{index}\"\npeers = {peers:?}\nrw = \"{rw}\"\nout = \"{out}\"\n"
            );
        }
        text
    }
}

impl Zone {
    /// A Linux guest that runs shell commands (see the functions of tools/setup/initramfs/init.sh) and then
    /// powers itself off.
    pub fn linux(name: &'static str, cpus: impl IntoIterator<Item = usize>, commands: &str) -> Self {
        // A kernel that panics must reboot, so that the scenario ends instead of waiting.
        let cmdline = format!("panic=-1 bulkhead.run=\"{commands}\"");
        Self {
            name,
            cpus: cpus.into_iter().collect(),
            memory: "256M",
            kernel: kernel::LINUX_6_12,
            initrd: Some("guest:busybox"),
            cmdline,
            devices: Vec::new(),
            interrupts: None,
            own_tree: None,
        }
    }

    /// A bare-metal guest of the guests/ folder with its options.
    pub fn bare_metal(name: &'static str, cpus: impl IntoIterator<Item = usize>, options: &str) -> Self {
        let kernel = match name {
            "aplic-script" => "guest:aplic-script",
            "flooded" => "guest:flooded",
            "freertos" => "guest:freertos",
            "gic-script" => "guest:gic-script",
            "hostile" => "guest:hostile",
            "interrupts" => "guest:interrupts",
            _ => "guest:ticker",
        };
        let cpus = cpus.into_iter().collect();
        Self {
            name,
            cpus,
            memory: "16M",
            kernel,
            initrd: None,
            cmdline: options.into(),
            devices: Vec::new(),
            interrupts: None,
            own_tree: None,
        }
    }

    /// The same zone with a device of the board, by its path in the device tree.
    #[must_use]
    pub fn owning(mut self, device: &str) -> Self {
        self.devices.push(format!("\"{device}\""));
        self
    }

    /// The same with a device that can reach all memory.
    #[must_use]
    pub fn trusted_with(mut self, device: &str) -> Self {
        self.devices.push(format!("{{ path = \"{device}\", dma = \"trusted\" }}"));
        self
    }

    /// The same zone with a device tree of its own that is matched to the board: there the device whose node has this
    /// name has this INTID or source instead of the board's.
    #[must_use]
    pub fn renumbering(self, node: &'static str, interrupt: u32) -> Self {
        Self { own_tree: Some(OwnTree { node, interrupt }), ..self }
    }

    /// The same with the first free device of a kind.
    #[must_use]
    pub fn trusted_with_kind(mut self, compatible: &str) -> Self {
        self.devices.push(format!("{{ compatible = \"{compatible}\", dma = \"trusted\" }}"));
        self
    }

    /// The same zone with its interrupts delivered without the hypervisor.
    #[must_use]
    pub fn directly(self) -> Self {
        Self { interrupts: Some("direct"), ..self }
    }

    /// The same Linux guest with another initramfs.
    #[must_use]
    pub fn with_initrd(self, initrd: &'static str) -> Self {
        Self { initrd: Some(initrd), ..self }
    }

    /// The same zone with another kernel.
    #[must_use]
    pub fn with_kernel(self, kernel: &'static str) -> Self {
        Self { kernel, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::{ARM64, RISCV64};

    #[test]
    fn a_partition_reads_like_a_users_file() {
        let partition = Partition::of([
            Zone::linux("a", [0, 1], "poweroff -f"),
            Zone::bare_metal("ticker", [2], "seconds=3"),
        ]);
        let expected = "\
[board]
arch = \"arm64\"
qemu = { machine = \"virt,virtualization=on,gic-version=3\", cpu = \"max\", smp = 4, memory = \"2G\" }

[[zone]]
name = \"a\"
cpus = [0, 1]
memory = \"256M\"
kernel = \"guest:linux-6.12\"
initrd = \"guest:busybox\"
cmdline = 'console=ttyAMA0 panic=-1 bulkhead.run=\"poweroff -f\"'

[[zone]]
name = \"ticker\"
cpus = [2]
memory = \"16M\"
kernel = \"guest:ticker\"
cmdline = 'seconds=3'
";
        assert_eq!(partition.to_toml(ARM64), expected);
    }

    #[test]
    fn a_zone_lists_the_devices_that_it_owns() {
        let zone =
            Zone::bare_metal("interrupts", [0, 1], "").owning("/soc/rtc@101000").trusted_with("/soc/x");
        let text = Partition::of([zone]).to_toml(RISCV64);
        let devices = r#"devices = ["/soc/rtc@101000", { path = "/soc/x", dma = "trusted" }]"#;
        assert!(text.ends_with(&format!("{devices}\n")), "{text}");
    }

    #[test]
    fn a_zone_with_a_tree_of_its_own_has_its_memory_where_the_tree_says() {
        let zone = Zone::bare_metal("ticker", [0], "").renumbering("rtc@101000", 40);
        let partition = Partition::of([zone]);
        let memory = "memory = [{ size = \"16M\", at = 0x90000000 }]";
        let derived = partition.to_toml(RISCV64);
        assert!(derived.contains(memory) && !derived.contains("match"), "{derived}");
        let matched = partition.to_toml_with_trees(RISCV64, Path::new("trees"));
        assert!(
            matched.contains(memory) && matched.contains("dtb = 'trees/ticker.dtb'\nmatch = true"),
            "{matched}"
        );
    }

    #[test]
    fn a_channel_names_its_peers_and_its_sizes() {
        let zones = ["a", "b"].map(|name| Zone::bare_metal(name, [0], ""));
        let text = Partition::of(zones).with_channel(["b", "a"], "0", "64K").to_toml(RISCV64);
        let channel = r#"
[[channel]]
name = "channel0"
peers = ["b", "a"]
rw = "0"
out = "64K"
"#;
        assert!(text.ends_with(channel), "{text}");
    }

    #[test]
    fn what_differs_between_boards_comes_from_the_board() {
        let text = Partition::of([Zone::linux("a", [0], "poweroff -f")]).to_toml(RISCV64);
        for expected in ["arch = \"riscv64\"", "cpu = \"rv64\"", "'console=ttyS0 "] {
            assert!(text.contains(expected), "{text}");
        }
    }
}
