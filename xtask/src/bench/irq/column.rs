//! Where the guest runs: the columns of the table.

use std::ops::Range;
use std::process::Command;

use bulkhead::board::QemuBoard;
use bulkhead::machine::{bare_command, boot_command, console_until};
use bulkhead::partition::Bootable;
use setup::{Arch, Setup};

use super::super::boot::without_hypervisor;
use super::super::machine::{COUNTING, LIMIT, bootable};
use super::guest::Guest;
use super::{kvm, xen};
use crate::Problem;

/// The CPU of all columns: with virtualization by VHE or without, and a counter of 1 GHz, so that a tick is one
/// instruction.
pub(super) const CPU: &str = "max";

/// The device whose interrupt is measured, the PL031 of QEMU's `virt`: it raises it on demand.
const DEVICE: &str = "/pl031@9010000";

/// The version of the interrupt controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gic {
    V2,
    V3,
}

impl Gic {
    pub(super) const fn number(self) -> u32 {
        match self {
            Self::V2 => 2,
            Self::V3 => 3,
        }
    }

    /// QEMU's `-machine`, with what a hypervisor needs.
    pub(super) fn machine(self) -> String {
        format!("virt,virtualization=on,gic-version={}", self.number())
    }
}

/// What is between the machine and the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host {
    Nothing,
    /// Bulkhead, with this value of the zone's key `interrupts`, or without the key.
    Bulkhead {
        interrupts: Option<&'static str>,
        zones: Zones,
    },
    Xen,
    /// KVM, with these words on the host's command line.
    Kvm(&'static str),
}

/// The zones on Bulkhead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zones {
    /// One, on two CPUs.
    One,
    /// So many of one vCPU on eight CPUs, of which all but the first do nothing.
    OnEightCpus(usize),
}

/// What a column's values must not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bars {
    None,
    ThroughListRegisters,
    Direct,
    /// The values of the column of this name.
    SameAs(&'static str),
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// Its name in the JSON and on the command line.
    pub(super) name: &'static str,
    /// Its head in the table.
    pub(super) head: &'static str,
    gic: Gic,
    pub(super) host: Host,
    pub(super) bars: Bars,
}

const fn column(name: &'static str, head: &'static str, gic: Gic, host: Host, bars: Bars) -> Column {
    Column { name, head, gic, host, bars }
}

const fn bulkhead(interrupts: Option<&'static str>, zones: Zones) -> Host {
    Host::Bulkhead { interrupts, zones }
}

/// All of them, in the order of the table. Without the key `interrupts` a zone's come through list registers.
pub(super) const COLUMNS: [Column; 11] = [
    column("bare", "bare", Gic::V3, Host::Nothing, Bars::None),
    column("virtual", "virtual", Gic::V3, bulkhead(None, Zones::One), Bars::ThroughListRegisters),
    column("direct", "direct", Gic::V3, bulkhead(Some("direct"), Zones::One), Bars::Direct),
    column("bare-v2", "bare v2", Gic::V2, Host::Nothing, Bars::None),
    column("virtual-v2", "virtual v2", Gic::V2, bulkhead(None, Zones::One), Bars::ThroughListRegisters),
    column("one-zone", "1 zone/8", Gic::V3, bulkhead(None, Zones::OnEightCpus(1)), Bars::None),
    column("four-zones", "4 zones", Gic::V3, bulkhead(None, Zones::OnEightCpus(4)), Bars::SameAs("one-zone")),
    column(
        "eight-zones",
        "8 zones",
        Gic::V3,
        bulkhead(None, Zones::OnEightCpus(8)),
        Bars::SameAs("one-zone"),
    ),
    column("xen", "Xen", Gic::V3, Host::Xen, Bars::None),
    column("kvm-vhe", "KVM VHE", Gic::V3, Host::Kvm(""), Bars::None),
    column("kvm-nvhe", "KVM nVHE", Gic::V3, Host::Kvm("kvm-arm.mode=nvhe"), Bars::None),
];

impl Column {
    /// Boots a guest there and returns the console up to the guest's last words.
    pub(super) fn console(&self, setup: &Setup, guest: &Guest) -> Result<String, Problem> {
        let (gic, machine) = (self.gic, self.gic.machine());
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        // Its files are there as long as it is.
        let bootable;
        let mut command = match self.host {
            Host::Nothing => bare(setup, gic, guest)?,
            Host::Bulkhead { interrupts, zones } => {
                bootable = partition(setup, &machine, interrupts, zones, guest)?;
                boot_command(&bootable)
            }
            Host::Xen => xen::command(setup, &board(&machine, 2, "1G"), guest, folder.path())?,
            Host::Kvm(host_options) => {
                kvm::command(setup, &board(&machine, 2, "1G"), gic, host_options, guest, folder.path())?
            }
        };
        let console = console_until(command.args(COUNTING), LIMIT, guest.last_words);
        console.map_err(|failure| failure.to_string())
    }

    /// The console of Debian's kernel up to its end; none in columns that are there for the interrupts alone. Without a
    /// hypervisor it finds what it finds in a zone, at the same addresses, so that it does the same work.
    pub(super) fn linux_console(&self, setup: &Setup) -> Option<Result<String, Problem>> {
        match (self.host, self.gic) {
            (Host::Bulkhead { zones: Zones::OnEightCpus(_), .. }, _) | (Host::Nothing, Gic::V2) => None,
            (Host::Nothing, Gic::V3) => Some(linux_without_hypervisor(setup)),
            _ => Some(self.console(setup, &Guest::linux())),
        }
    }

    /// The guest's own options: what it finds in this column.
    pub(super) fn meter_options(&self) -> &'static str {
        match self.host {
            Host::Nothing | Host::Bulkhead { zones: Zones::One, .. } => "device=yes",
            Host::Bulkhead { .. } => "after=100",
            Host::Xen | Host::Kvm(_) => "",
        }
    }
}

fn linux_without_hypervisor(setup: &Setup) -> Result<String, Problem> {
    let bootable = partition(setup, &Gic::V3.machine(), None, Zones::One, &Guest::linux())?;
    without_hypervisor(&bootable, ("virt,gic-version=3", CPU), Ok, &COUNTING.map(str::to_owned))
}

fn bare(setup: &Setup, gic: Gic, guest: &Guest) -> Result<Command, Problem> {
    let board =
        board(&format!("virt,gic-version={}", gic.number()), guest.cpus, &format!("{}M", guest.mebibytes));
    let mut command = bare_command(&board, &guest.kernel(setup)?, &guest.options);
    if let Some(initrd) = guest.initrd(setup)? {
        command.arg("-initrd").arg(initrd);
    }
    Ok(command)
}

fn partition(
    setup: &Setup,
    machine: &str,
    interrupts: Option<&'static str>,
    zones: Zones,
    guest: &Guest,
) -> Result<Bootable, Problem> {
    let (cpus, vcpus, beside) = match zones {
        Zones::One => (2, guest.cpus, 0),
        Zones::OnEightCpus(zones) => (8, 1, zones.saturating_sub(1)),
    };
    let mut text = format!(
        r#"[board]
arch = "arm64"
qemu = {{ machine = "{machine}", cpu = "{CPU}", smp = {cpus}, memory = "1G" }}
"#
    );
    text += &zone("measured", 0..vcpus, guest);
    if guest.device {
        text += &format!("devices = [\"{}\"]\n", DEVICE);
    }
    if let Some(interrupts) = interrupts {
        text += &format!("interrupts = \"{interrupts}\"\n");
    }
    let idle = Guest::meter("idle=yes");
    for cpu in 1..=beside {
        text += &zone(&format!("idle-{cpu}"), cpu..cpu + 1, &idle);
    }
    bootable(setup, Arch::ARM64, &text)
}

/// A zone with a guest.
fn zone(name: &str, cpus: Range<usize>, guest: &Guest) -> String {
    let cpus: Vec<_> = cpus.map(|cpu| cpu.to_string()).collect();
    let initrd = guest.initrd.map(|initrd| format!("initrd = \"guest:{initrd}\"\n")).unwrap_or_default();
    format!(
        r#"[[zone]]
name = "{name}"
cpus = [{}]
memory = "{}M"
kernel = "guest:{}"
{initrd}cmdline = "{}"
"#,
        cpus.join(", "),
        guest.mebibytes,
        guest.kernel,
        guest.options
    )
}

fn board(machine: &str, cpus: usize, memory: &str) -> QemuBoard {
    QemuBoard {
        arch: Arch::ARM64,
        machine: machine.to_owned(),
        cpu: CPU.to_owned(),
        cpus,
        memory: memory.to_owned(),
    }
}
