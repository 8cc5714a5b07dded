//! Where the guest runs: the columns of the table.

use std::process::Command;

use bulkhead::board::QemuBoard;
use bulkhead::machine::{bare_command, boot_command, console_until};
use setup::{Arch, Setup};

use super::super::machine::{COUNTING, LIMIT, bootable};
use super::counts::{self, Counts, LAST};
use super::{device, kvm, xen};
use crate::{Problem, describe};

/// The CPU of all columns: with virtualization by VHE or without, and a counter of 1 GHz, so that a tick is one
/// instruction.
pub(super) const CPU: &str = "max";

/// The guest with the measures.
pub(super) const GUEST: &str = "meter";

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
    /// One of two vCPUs, with a device of its own, on two CPUs.
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
    /// Boots the guest there and lets it count.
    pub(super) fn run(&self, setup: &Setup) -> Result<Counts, Problem> {
        let guest = setup.payload(Arch::ARM64, GUEST).map_err(describe)?;
        match self.host {
            Host::Nothing => {
                let machine = format!("virt,gic-version={}", self.gic.number());
                measured(&mut bare_command(&board(&machine, "256M"), &guest, "device=yes"))
            }
            Host::Bulkhead { interrupts, zones } => self.in_zone(setup, interrupts, zones),
            Host::Xen => xen::run(setup, &board(&self.gic.machine(), "1G"), &guest),
            Host::Kvm(host_options) => {
                kvm::run(setup, &board(&self.gic.machine(), "1G"), self.gic, host_options, &guest)
            }
        }
    }

    fn in_zone(
        &self,
        setup: &Setup,
        interrupts: Option<&'static str>,
        zones: Zones,
    ) -> Result<Counts, Problem> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let (cpus, beside) = match zones {
            Zones::One => (2, 0),
            Zones::OnEightCpus(zones) => (8, zones.saturating_sub(1)),
        };
        let machine = self.gic.machine();
        let emulated = QemuBoard { cpus, ..board(&machine, "1G") };
        let tree = folder.path().join("board.dtb");
        std::fs::write(&tree, device::without_clocks(&emulated)?).map_err(|error| error.to_string())?;
        let mut text = format!(
            r#"[board]
arch = "arm64"
dtb = "{}"
qemu = {{ machine = "{machine}", cpu = "{CPU}", smp = {cpus}, memory = "1G" }}
"#,
            tree.display()
        );
        text += &match zones {
            Zones::One => {
                zone("meter", "[0, 1]", "device=yes") + &format!("devices = [\"{}\"]\n", device::PATH)
            }
            Zones::OnEightCpus(_) => zone("meter", "[0]", "after=100"),
        };
        if let Some(interrupts) = interrupts {
            text += &format!("interrupts = \"{interrupts}\"\n");
        }
        for cpu in 1..=beside {
            text += &zone(&format!("idle-{cpu}"), &format!("[{cpu}]"), "idle=yes");
        }
        measured(&mut boot_command(&bootable(setup, Arch::ARM64, &text)?))
    }
}

/// A zone with the guest and its options.
fn zone(name: &str, cpus: &str, options: &str) -> String {
    format!(
        r#"[[zone]]
name = "{name}"
cpus = {cpus}
memory = "16M"
kernel = "guest:{GUEST}"
cmdline = "{options}"
"#
    )
}

fn board(machine: &str, memory: &str) -> QemuBoard {
    QemuBoard {
        arch: Arch::ARM64,
        machine: machine.to_owned(),
        cpu: CPU.to_owned(),
        cpus: 2,
        memory: memory.to_owned(),
    }
}

/// Runs a machine that counts instructions until the guest has said all.
pub(super) fn measured(command: &mut Command) -> Result<Counts, Problem> {
    let console = console_until(command.args(COUNTING), LIMIT, LAST);
    counts::read(&console.map_err(|failure| failure.to_string())?)
}
