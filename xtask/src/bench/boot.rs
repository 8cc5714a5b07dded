//! How many instructions the hypervisor takes to its first guest instruction, and how many more a Linux kernel
//! takes to its init than it does without a hypervisor.

use std::fs;
use std::path::Path;
use std::process::Command;

use bulkhead::board::QemuBoard;
use bulkhead::machine::{board_command, boot_command};
use bulkhead::partition::Bootable;
use manifest::Manifest;
use setup::{Arch, Setup};

use super::Figure;
use super::machine::{ARM64_CPU, COUNTING, bootable, console_of};
use crate::Problem;

/// The most instructions to the first guest instruction, clearing of the zone's memory apart.
const ENTRY_BAR: f64 = 5_000_000.0;
/// The most that a kernel's boot to init may take, relative to the same boot without a hypervisor.
const RATIO_BAR: f64 = 1.02;

/// A machine of one CPU whose clock counts instructions, and how a kernel runs on it without a hypervisor.
struct Bench {
    arch: &'static Arch,
    /// `-machine` with and without what a hypervisor needs.
    machine: &'static str,
    bare_machine: &'static str,
    /// `-cpu`.
    cpu: &'static str,
    /// A `-cpu` that copies slower, and what it lacks.
    slow_cpu: Option<(&'static str, &'static str)>,
    /// The kernel's console.
    console: &'static str,
    /// Instructions in one tick of the clock that the hypervisor reads.
    instructions_per_tick: f64,
    /// Where the bare run's first instructions go: RAM that no zone of this partition has.
    shim: u64,
    /// Whether firmware runs before them, at supervisor level's cost: then the shim is what it starts.
    has_firmware: bool,
    /// The first instructions: what a boot loader does last, the device tree into its register and on to the kernel.
    /// The two numbers follow.
    code: [u32; 4],
}

const BENCHES: [Bench; 2] = [
    Bench {
        arch: Arch::ARM64,
        machine: "virt,virtualization=on,gic-version=3",
        bare_machine: "virt,gic-version=3",
        cpu: ARM64_CPU,
        slow_cpu: None,
        console: "ttyAMA0",
        instructions_per_tick: 1.0,
        shim: 0x4020_0000,
        has_firmware: false,
        // ldr x0, argument; ldr x4, entry; br x4; nop
        code: [0x5800_0080, 0x5800_00a4, 0xd61f_0080, 0xd503_201f],
    },
    Bench {
        arch: Arch::RISCV64,
        machine: "virt,aia=aplic-imsic,aia-guests=1",
        bare_machine: "virt,aia=aplic-imsic",
        // The profile that has the hypervisor extension, which has vectors, too.
        cpu: "rva23s64",
        slow_cpu: Some(("rv64", "vectors")),
        console: "ttyS0",
        // The time counter runs at 10 MHz.
        instructions_per_tick: 100.0,
        shim: 0x8020_0000,
        has_firmware: true,
        // auipc t0, 0; ld a1, argument; ld t0, entry; jr t0
        code: [0x0000_0297, 0x0102_b583, 0x0182_b283, 0x0002_8067],
    },
];

/// What init prints of /proc/timer_list: the time since boot, and how much of it the CPU was idle.
const NOW: &str = "now at ";
const IDLE: &str = ".idle_sleeptime : ";

/// Keeps the kernel from testing its cryptography, in threads of their own, on random numbers: how much of that is done
/// when init begins differs by several percent from boot to boot, on the same machine as well.
const NO_CHANCE: &str = "cryptomgr.notests";

/// Measures one zone of one vCPU, with Debian's 6.12 kernel.
pub(super) fn measure(setup: &Setup, arch: &'static Arch) -> Result<Vec<Figure>, Problem> {
    let bench = BENCHES.iter().find(|bench| bench.arch.name == arch.name);
    let bench = bench.ok_or_else(|| format!("no machine to measure {} on", arch.name))?;
    let bootable = bench.partition(setup, bench.cpu)?;
    let zone = console_of(boot_command(&bootable).args(COUNTING))?;
    let bundle = fs::read(bootable.bundle()).map_err(|error| error.to_string())?;
    let bare = bench.bare(&bundle, Ok, &COUNTING.map(str::to_owned))?;

    let (entry, clearing) = bench.entry_of(&zone)?;
    let (in_zone, without) = (instructions_to_init(&zone)?, instructions_to_init(&bare)?);
    let figure = |name, about, value, bar| Figure::new(arch, name, about, (value, "instructions"), bar);
    let mut figures = vec![
        figure(
            "boot_instructions_to_first_guest_instruction",
            "entry to the first guest instruction, clearing apart",
            entry,
            Some(ENTRY_BAR),
        ),
        figure(
            "boot_instructions_clearing_256_mib",
            "clearing and cleaning the zone's 256 MiB",
            clearing,
            None,
        ),
        figure("linux_boot_to_init_in_zone", "Linux 6.12 boot to init in a zone", in_zone, None),
        figure("linux_boot_to_init_bare", "the same without a hypervisor", without, None),
        Figure::new(
            arch,
            "linux_boot_to_init_ratio",
            "Linux 6.12 boot to init, zone / bare",
            (in_zone / without, ""),
            Some(RATIO_BAR),
        ),
    ];
    if let Some((cpu, lacking)) = bench.slow_cpu {
        let (entry, _) =
            bench.entry_of(&console_of(boot_command(&bench.partition(setup, cpu)?).args(COUNTING))?)?;
        let about = format!("the same on {cpu}, without {lacking}");
        let name = format!("boot_instructions_to_first_guest_instruction_without_{lacking}");
        figures.push(Figure::new(arch, &name, about, (entry, "instructions"), None));
    }
    Ok(figures)
}

/// Boots what the only zone of a partition boots on `machine` with `cpu`, without a hypervisor, and returns the console.
/// `change` is made to the zone's device tree; `more` is said to QEMU, how it counts included.
pub(super) fn without_hypervisor(
    bootable: &Bootable,
    (machine, cpu): (&'static str, &'static str),
    change: impl Fn(Vec<u8>) -> Result<Vec<u8>, Problem>,
    more: &[String],
) -> Result<String, Problem> {
    let bench = BENCHES.iter().find(|bench| bench.arch.name == bootable.board().arch.name);
    let bench = Bench { bare_machine: machine, cpu, ..*bench.ok_or("no such architecture")? };
    let bundle = fs::read(bootable.bundle()).map_err(|error| error.to_string())?;
    bench.bare(&bundle, change, more)
}

impl Bench {
    /// The zone on a machine with this CPU.
    fn partition(&self, setup: &Setup, cpu: &str) -> Result<Bootable, Problem> {
        let text = format!(
            r#"[board]
arch = "{}"
qemu = {{ machine = "{}", cpu = "{}", smp = 1, memory = "1G" }}
[[zone]]
name = "linux"
cpus = [0]
memory = "256M"
kernel = "guest:linux-6.12"
initrd = "guest:busybox"
cmdline = "console={} panic=-1 {NO_CHANCE} bulkhead.run=clock"
"#,
            self.arch.name, self.machine, cpu, self.console
        );
        bootable(setup, self.arch, &text)
    }

    /// The instructions to the first guest instruction that the hypervisor reports, without and of clearing memory.
    fn entry_of(&self, console: &str) -> Result<(f64, f64), Problem> {
        let (total, clearing) = entry_of(console)?;
        Ok(((total - clearing) * self.instructions_per_tick, clearing * self.instructions_per_tick))
    }

    /// Boots what the zone boots on the same board without a hypervisor: the same bytes at the same addresses, the
    /// derived device tree included but for `change`, so that the kernel does the same work.
    fn bare(
        &self,
        bundle: &[u8],
        change: impl Fn(Vec<u8>) -> Result<Vec<u8>, Problem>,
        more: &[String],
    ) -> Result<String, Problem> {
        let manifest = Manifest::parse(bundle).map_err(|error| error.to_string())?;
        let zone = manifest.zones().next().ok_or("the bundle has no zone")?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut qemu = board_command(&QemuBoard {
            arch: self.arch,
            machine: self.bare_machine.to_owned(),
            cpu: self.cpu.to_owned(),
            cpus: 1,
            memory: "1G".to_owned(),
        });
        qemu.args(more);
        let write = |name: &str, bytes: &[u8]| -> Result<std::path::PathBuf, Problem> {
            let file = folder.path().join(name);
            fs::write(&file, bytes).map_err(|error| error.to_string())?;
            Ok(file)
        };
        let load = |qemu: &mut Command, file: &Path, address: u64| {
            let file = file.display();
            qemu.arg("-device").arg(format!("loader,file={file},addr={address:#x},force-raw=on"));
        };
        for (index, blob) in zone.loads().enumerate() {
            let is_tree = blob.ipa.raw() == zone.argument();
            let data = if is_tree { change(blob.data.to_vec())? } else { blob.data.to_vec() };
            let file = write(&format!("load-{index}"), &data)?;
            load(&mut qemu, &file, blob.ipa.raw());
        }
        let shim = write("shim", &self.shim(zone.argument(), zone.entry().raw()))?;
        if self.has_firmware {
            qemu.arg("-kernel").arg(shim);
        } else {
            load(&mut qemu, &shim, self.shim);
            qemu.arg("-device").arg(format!("loader,addr={:#x},cpu-num=0", self.shim));
        }
        console_of(&mut qemu)
    }

    fn shim(&self, argument: u64, entry: u64) -> Vec<u8> {
        let code = self.code.iter().flat_map(|instruction| instruction.to_le_bytes());
        code.chain(argument.to_le_bytes()).chain(entry.to_le_bytes()).collect()
    }
}

/// The two numbers of the hypervisor's line `boot: N ticks to the first guest instruction, M of them …`.
fn entry_of(console: &str) -> Result<(f64, f64), Problem> {
    let line = console.lines().find_map(|line| line.strip_prefix("[bulkhead] boot: "));
    let numbers: Option<Vec<f64>> =
        line.map(|line| line.split_whitespace().filter_map(|word| word.parse().ok()).collect());
    match numbers.as_deref() {
        Some([total, clearing]) => Ok((*total, *clearing)),
        _ => Err(format!("the hypervisor did not say how long it took to boot:\n{console}")),
    }
}

/// The instructions that the kernel and its init had executed when init looked at the kernel's clock, which counts
/// instructions as nanoseconds. It runs from the registration of the counter, early in the boot. What the CPU idled is
/// no work: a kernel waits for ticks of 4 ms here and there, and how many differs by chance from boot to boot.
pub(super) fn instructions_to_init(console: &str) -> Result<f64, Problem> {
    let number = |name: &str| -> Option<f64> {
        let (_, rest) = console.lines().find_map(|line| line.split_once(name))?;
        rest.trim().trim_end_matches("nsecs").trim().parse().ok()
    };
    match (number(NOW), number(IDLE)) {
        (Some(now), Some(idle)) => Ok(now - idle),
        _ => Err(format!("no init that tells the time:\n{console}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_cpu_idled_is_not_counted() {
        let console = "[linux] now at 761133000 nsecs\n[linux]   .idle_sleeptime : 1000 nsecs\n";
        assert_eq!(instructions_to_init(console), Ok(761_132_000.0));
        assert!(instructions_to_init("nothing").is_err());
    }

    #[test]
    fn both_numbers_of_the_boot_line_are_read() {
        let console =
            "[bulkhead] boot: 32 ticks to the first guest instruction, 29 of them clearing memory\n";
        assert_eq!(entry_of(console), Ok((32.0, 29.0)));
    }

    #[test]
    fn the_shims_end_with_their_two_numbers() {
        for bench in BENCHES {
            let shim = bench.shim(0x1122, 0x3344);
            assert_eq!(shim.len(), 32);
            assert_eq!(shim[16..18], [0x22, 0x11]);
            assert_eq!(shim[24..26], [0x44, 0x33]);
        }
    }
}
