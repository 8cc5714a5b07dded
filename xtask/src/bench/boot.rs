//! How many instructions the hypervisor takes to its first guest instruction, and how many more a Linux kernel
//! takes to its init than it does without a hypervisor.

use std::fs;
use std::path::Path;
use std::process::Command;

use bulkhead::machine::boot_command;
use bulkhead::partition::Partition;
use manifest::Manifest;
use setup::{Need, Setup};

use super::Figure;
use super::machine::{COUNTING, CPU, console_of};
use crate::{Problem, describe};

/// The most instructions to the first guest instruction, clearing of the zone's memory apart.
const ENTRY_BAR: f64 = 5_000_000.0;
/// The most that a kernel's boot to init may take, relative to the same boot without a hypervisor.
const RATIO_BAR: f64 = 1.02;

/// Where the bare run's first instructions go: RAM that no zone of this partition has.
const SHIM: u64 = 0x4020_0000;

/// Linux's last line before its init.
const INIT: &str = "Run /init as init process";

/// Measures one zone of one vCPU, with Debian's 6.12 kernel.
pub(super) fn measure(setup: &Setup) -> Result<Vec<Figure>, Problem> {
    let text = format!(
        r#"[board]
qemu = {{ machine = "virt,virtualization=on,gic-version=3", cpu = "{CPU}", smp = 1, memory = "1G" }}
[[zone]]
name = "linux"
cpus = [0]
memory = "256M"
kernel = "guest:linux-6.12"
initrd = "guest:busybox"
cmdline = "console=ttyAMA0 panic=-1 bulkhead.run=poweroff"
"#
    );
    setup.ensure(&[Need::Emulator]).map_err(describe)?;
    let partition = Partition::of_text(setup, "the benchmark's zones.toml", &text, Path::new(""))
        .map_err(|report| format!("{report:?}"))?
        .without_colour();
    let bootable = partition.bootable(setup).map_err(|failure| failure.to_string())?;
    let zone = console_of(boot_command(&bootable).args(COUNTING))?;
    let bundle = fs::read(bootable.bundle()).map_err(|error| error.to_string())?;
    let bare = bare(setup, &bundle)?;

    let (total, clearing) = entry_of(&zone)?;
    let (in_zone, without) = (time_of_init(&zone)?, time_of_init(&bare)?);
    Ok(vec![
        Figure {
            name: "boot_instructions_to_first_guest_instruction",
            about: "entry to the first guest instruction, clearing apart",
            value: total - clearing,
            unit: "instructions",
            bar: Some(ENTRY_BAR),
        },
        Figure {
            name: "boot_instructions_clearing_256_mib",
            about: "clearing and cleaning the zone's 256 MiB",
            value: clearing,
            unit: "instructions",
            bar: None,
        },
        Figure {
            name: "linux_boot_to_init_in_zone",
            about: "Linux 6.12 boot to init in a zone",
            value: in_zone,
            unit: "instructions",
            bar: None,
        },
        Figure {
            name: "linux_boot_to_init_bare",
            about: "the same without a hypervisor",
            value: without,
            unit: "instructions",
            bar: None,
        },
        Figure {
            name: "linux_boot_to_init_ratio",
            about: "Linux 6.12 boot to init, zone / bare",
            value: in_zone / without,
            unit: "",
            bar: Some(RATIO_BAR),
        },
    ])
}

/// Boots what the zone boots on the same board without a hypervisor: the same bytes at the same addresses, the
/// derived device tree included, so that the kernel does the same work.
fn bare(setup: &Setup, bundle: &[u8]) -> Result<String, Problem> {
    let manifest = Manifest::parse(bundle).map_err(|error| error.to_string())?;
    let zone = manifest.zones().next().ok_or("the bundle has no zone")?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut qemu = Command::new(setup.arch().emulator);
    qemu.args(["-machine", "virt,gic-version=3", "-cpu", CPU, "-smp", "1", "-m", "1G"]);
    qemu.args(["-display", "none", "-serial", "stdio", "-monitor", "none", "-nic", "none", "-no-reboot"]);
    qemu.args(COUNTING);
    let mut load = |name: &str, bytes: &[u8], address: u64, more: &str| -> Result<(), Problem> {
        let file = folder.path().join(name);
        fs::write(&file, bytes).map_err(|error| error.to_string())?;
        let file = file.display();
        qemu.arg("-device").arg(format!("loader,file={file},addr={address:#x},force-raw=on{more}"));
        Ok(())
    };
    for (index, blob) in zone.loads().enumerate() {
        load(&format!("load-{index}"), blob.data, blob.ipa.raw(), "")?;
    }
    load("shim", &shim(zone.argument(), zone.entry().raw()), SHIM, "")?;
    qemu.arg("-device").arg(format!("loader,addr={SHIM:#x},cpu-num=0"));
    console_of(&mut qemu)
}

/// Code that does what a boot loader does last: x0 = the device tree, on to the kernel.
fn shim(argument: u64, entry: u64) -> Vec<u8> {
    // ldr x0, argument; ldr x4, entry; br x4; nop; argument: .quad; entry: .quad
    let code = [0x5800_0080_u32, 0x5800_00a4, 0xd61f_0080, 0xd503_201f];
    let code = code.iter().flat_map(|instruction| instruction.to_le_bytes());
    code.chain(argument.to_le_bytes()).chain(entry.to_le_bytes()).collect()
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

/// The kernel's own time of its last line before init, in nanoseconds of a clock that counts instructions. It
/// runs from the registration of the counter, early in the boot.
fn time_of_init(console: &str) -> Result<f64, Problem> {
    let line = console.lines().find(|line| line.contains(INIT));
    let seconds = line.and_then(|line| {
        let (before, _) = line.split_once(INIT)?;
        let stamp = before.rsplit_once('[')?.1.split_once(']')?.0;
        stamp.trim().parse::<f64>().ok()
    });
    seconds.map(|seconds| (seconds * 1e9).round()).ok_or_else(|| format!("no init:\n{console}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_init_is_read_from_the_kernels_own_line() {
        let console = "x\n[linux] [    0.761133] Run /init as init process\n";
        assert_eq!(time_of_init(console), Ok(761_133_000.0));
        assert!(time_of_init("nothing").is_err());
    }

    #[test]
    fn both_numbers_of_the_boot_line_are_read() {
        let console =
            "[bulkhead] boot: 32 ticks to the first guest instruction, 29 of them clearing memory\n";
        assert_eq!(entry_of(console), Ok((32.0, 29.0)));
    }

    #[test]
    fn the_shim_reaches_its_two_numbers() {
        let shim = shim(0x1122, 0x3344);
        assert_eq!(shim.len(), 32);
        assert_eq!(shim[16..18], [0x22, 0x11]);
        assert_eq!(shim[24..26], [0x44, 0x33]);
    }
}
