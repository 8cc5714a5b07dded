//! The machines, and what of them a zone owns.

use std::fs;
use std::path::Path;

use bulkhead::board::QemuBoard;
use bulkhead::partition::Bootable;
use dtoolkit::model::DeviceTreeProperty;
use setup::{Arch, Setup};

use super::super::machine::{ARM64_CPU, bootable, device_tree};
use crate::Problem;

/// How a zone reaches the registers of its virtio transports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// They fill pages, which are mapped.
    Mapped,
    /// They are parts of pages: the hypervisor carries out each access.
    Mediated,
}

/// A machine of one CPU.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) arch: &'static Arch,
    /// Its name on the command line.
    pub(super) name: &'static str,
    /// What its names in JSON begin with.
    pub(super) prefix: &'static str,
    /// Its interrupt controller: its head in the table.
    pub(super) head: &'static str,
    /// `-machine` with what a hypervisor needs, and without.
    machine: &'static str,
    pub(super) bare_machine: &'static str,
    pub(super) cpu: &'static str,
    /// Linux' console.
    pub(super) console: &'static str,
    /// The device whose interrupt the guest `meter` takes.
    pub(super) alarm: &'static str,
    /// The node that virtio transports are below, and the address of the first.
    bus: &'static str,
    transports: u64,
    /// How far one is from the next.
    distance: u64,
    /// How many transports a zone owns, the last ones, so that they fill pages.
    whole: u64,
    /// The last transport. It and the two before it have devices behind them.
    pub(super) last: u64,
    /// Bytes of a transport's registers where they are to be a part of a page, if the board has them fill one.
    shortened: Option<u64>,
    /// The first context of its PLIC is the machine level's where no hypervisor hides that.
    pub(super) has_plic: bool,
}

/// Transports with devices behind them.
const USED: u64 = 3;

const ARM64: Board = Board {
    arch: Arch::ARM64,
    name: "arm64",
    prefix: "",
    head: "GICv3",
    machine: "virt,virtualization=on,gic-version=3",
    bare_machine: "virt,gic-version=3",
    cpu: ARM64_CPU,
    console: "ttyAMA0",
    alarm: "/pl031@9010000",
    bus: "",
    transports: 0xa00_0000,
    distance: 0x200,
    // Eight fill a page.
    whole: 8,
    last: 31,
    shortened: None,
    has_plic: false,
};

const RISCV64: Board = Board {
    arch: Arch::RISCV64,
    name: "riscv64",
    prefix: "riscv64_",
    head: "AIA",
    machine: "virt,aia=aplic-imsic,aia-guests=1",
    bare_machine: "virt,aia=aplic-imsic",
    cpu: "rva23s64",
    console: "ttyS0",
    alarm: "/soc/rtc@101000",
    bus: "/soc",
    transports: 0x1000_1000,
    distance: 0x1000,
    whole: USED,
    last: 7,
    shortened: Some(0x200),
    has_plic: false,
};

pub(super) const BOARDS: [Board; 4] = [
    ARM64,
    Board {
        name: "arm64-gicv2",
        prefix: "gicv2_",
        head: "GICv2",
        machine: "virt,virtualization=on,gic-version=2",
        bare_machine: "virt,gic-version=2",
        ..ARM64
    },
    RISCV64,
    Board {
        name: "riscv64-plic",
        prefix: "riscv64_plic_",
        head: "PLIC",
        machine: "virt",
        bare_machine: "virt",
        has_plic: true,
        ..RISCV64
    },
];

/// What runs in the zone.
pub(super) struct Guest<'a> {
    pub(super) kernel: &'static str,
    pub(super) initrd: Option<&'static str>,
    pub(super) mebibytes: u32,
    pub(super) options: &'a str,
}

impl Board {
    /// The machine itself, without a hypervisor.
    pub(super) fn bare(&self) -> QemuBoard {
        self.qemu(self.bare_machine)
    }

    fn qemu(&self, machine: &str) -> QemuBoard {
        QemuBoard {
            arch: self.arch,
            machine: machine.to_owned(),
            cpu: self.cpu.to_owned(),
            cpus: 1,
            memory: "1G".to_owned(),
        }
    }

    /// A zone with a guest, the transports and the alarm.
    pub(super) fn partition(
        &self,
        setup: &Setup,
        guest: &Guest<'_>,
        reach: Reach,
    ) -> Result<Bootable, Problem> {
        let Self { machine, cpu, arch, .. } = self;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut text = format!("[board]\narch = \"{}\"\n", arch.name);
        if let (Reach::Mediated, Some(size)) = (reach, self.shortened) {
            let tree = folder.path().join("board.dtb");
            self.write_shortened(&tree, size)?;
            text += &format!("dtb = \"{}\"\n", tree.display());
        }
        text += &format!(
            "qemu = {{ machine = \"{machine}\", cpu = \"{cpu}\", smp = 1, memory = \"1G\" }}\n[[zone]]\nname = \"measured\"\ncpus = [0]\nmemory = \"{}M\"\nkernel = \"guest:{}\"\n",
            guest.mebibytes, guest.kernel
        );
        if let Some(initrd) = guest.initrd {
            text += &format!("initrd = \"guest:{initrd}\"\n");
        }
        text += &format!("cmdline = '''{}'''\n", guest.options);
        let trusted = |path: String| format!("{{ path = \"{path}\", dma = \"trusted\" }}");
        let alarm = format!("\"{}\"", self.alarm);
        let devices: Vec<_> = self.owned(reach).map(trusted).chain([alarm]).collect();
        text += &format!("devices = [{}]\n", devices.join(", "));
        bootable(setup, arch, &text)
    }

    /// Paths of the transports that the zone owns.
    fn owned(&self, reach: Reach) -> impl Iterator<Item = String> {
        let count = match reach {
            Reach::Mapped => self.whole,
            Reach::Mediated => USED,
        };
        (0..=self.last)
            .rev()
            .take(count as usize)
            .map(|place| format!("{}/{}", self.bus, self.transport(place)))
    }

    /// The name of a transport's node.
    fn transport(&self, place: u64) -> String {
        format!("virtio_mmio@{:x}", self.address(place))
    }

    fn address(&self, place: u64) -> u64 {
        self.transports + place * self.distance
    }

    /// Writes the board's device tree with so few bytes of registers for each transport in use.
    fn write_shortened(&self, file: &Path, size: u64) -> Result<(), Problem> {
        let mut tree = device_tree(&self.qemu(self.machine))?;
        let bus = tree.root.child_mut(self.bus.trim_start_matches('/')).ok_or("the board has no bus")?;
        for place in (0..=self.last).rev().take(USED as usize) {
            let node = bus.child_mut(&self.transport(place)).ok_or("the board has no such transport")?;
            let reg: Vec<u8> = [self.address(place), size].into_iter().flat_map(u64::to_be_bytes).collect();
            node.remove_property("reg");
            node.add_property(DeviceTreeProperty::new_unchecked("reg", reg));
        }
        fs::write(file, tree.to_dtb()).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_transports_of_arm64_fill_a_page() {
        let owned: Vec<_> = ARM64.owned(Reach::Mapped).collect();
        assert_eq!(
            (owned.len(), owned[0].as_str(), owned[7].as_str()),
            (8, "/virtio_mmio@a003e00", "/virtio_mmio@a003000")
        );
    }

    #[test]
    fn mediated_transports_are_the_three_in_use() {
        let owned: Vec<_> = RISCV64.owned(Reach::Mediated).collect();
        assert_eq!(owned, ["8000", "7000", "6000"].map(|end| format!("/soc/virtio_mmio@1000{end}")));
    }
}
