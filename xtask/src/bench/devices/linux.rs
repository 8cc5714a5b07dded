//! What Linux does with a disk and two network devices: in a zone that has the registers of its devices mapped, in one that has them mediated, and
//! on the same machine without a hypervisor, by the kernel's own clock.
//!
//! The disk takes no time: it reads as zeros and forgets what is written. What a hypervisor adds is then hidden behind no
//! waiting. Nor does the wire between the network devices.

use std::path::Path;

use bulkhead::machine::boot_command;
use dtoolkit::model::DeviceTreeProperty;
use dtoolkit::{Node, Property};
use setup::Setup;

use super::super::boot::without_hypervisor;
use super::super::machine::{console_of, parsed};
use super::Values;
use super::board::{Board, Guest, Reach};
use crate::Problem;

/// What init does (`disk_work` and `network_work`), by its names in figures.
const WORK: [&str; 6] = ["write_4k", "read_4k", "write_256k", "read_256k", "ping_56", "ping_65000"];

/// Bytes of the disk.
const DISK: u64 = 64 << 20;

/// Measures each kind of work; a figure is the quotient of the time without a hypervisor and that in a zone.
pub(super) fn measure(setup: &Setup, board: &Board, values: &mut Values) -> Result<(), Problem> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let more = board.linux_machine(&folder.path().join("record"));
    let options = format!(
        "console={} panic=-1 cryptomgr.notests nokaslr randomize_kstack_offset=off bulkhead.run=\"drivers; disk_work; network_work\"",
        board.console
    );
    let guest = Guest { kernel: "linux-6.12", initrd: Some("devices"), mebibytes: 256, options: &options };
    let mapped = board.partition(setup, &guest, Reach::Mapped)?;
    let bare = times(&board.without_hypervisor(&mapped, &more)?)?;
    let mediated = board.partition(setup, &guest, Reach::Mediated)?;
    for (reach, bootable) in [("mapped", &mapped), ("mediated", &mediated)] {
        let zone = times(&console_of(boot_command(bootable).args(&more))?)?;
        for ((work, bare), zone) in WORK.iter().zip(&bare).zip(&zone) {
            values.put(&format!("{reach}_{work}_ratio"), bare / zone);
        }
    }
    Ok(())
}

impl Board {
    /// QEMU's arguments. Its clock counts instructions. A disk's request is done in the thread of QEMU's main loop,
    /// which comes at a time of the host's; but where QEMU records a run to replay it, and the request goes through
    /// `blkreplay`, in that of the CPU, when it next waits. So are packets sent. A device looks for requests at the store
    /// that tells of them (`ioeventfd=off`).
    fn linux_machine(&self, record: &Path) -> Vec<String> {
        let mut words = vec![
            "-icount".to_owned(),
            format!("shift=0,rr=record,rrfile={}", record.display()),
            "-rtc".to_owned(),
            "base=2024-01-01,clock=vm".to_owned(),
            "-seed".to_owned(),
            "7".to_owned(),
            "-global".to_owned(),
            "virtio-mmio.force-legacy=false".to_owned(),
            "-global".to_owned(),
            "virtio-mmio.ioeventfd=off".to_owned(),
            "-blockdev".to_owned(),
            format!("driver=null-co,node-name=nothing,size={DISK},read-zeroes=on"),
            "-drive".to_owned(),
            "driver=blkreplay,if=none,id=disk,image=nothing".to_owned(),
            "-device".to_owned(),
            format!("virtio-blk-device,bus=virtio-mmio-bus.{},drive=disk", self.last),
        ];
        for (netdev, place) in [("first", self.last - 1), ("second", self.last - 2)] {
            words.extend([
                "-netdev".to_owned(),
                format!("hubport,id={netdev},hubid=0"),
                "-device".to_owned(),
                format!("virtio-net-device,bus=virtio-mmio-bus.{place},netdev={netdev}"),
            ]);
        }
        words
    }

    /// Boots what the zone boots on the machine without a hypervisor.
    fn without_hypervisor(
        &self,
        zone: &bulkhead::partition::Bootable,
        more: &[String],
    ) -> Result<String, Problem> {
        let change = |tree: Vec<u8>| if self.has_plic { with_machine_level(&tree) } else { Ok(tree) };
        without_hypervisor(zone, (self.bare_machine, self.cpu), change, more)
    }
}

/// The device tree of a zone with a PLIC, whose first context is vCPU 0's, as the machine has it: there the machine level
/// has a context before that.
fn with_machine_level(tree: &[u8]) -> Result<Vec<u8>, Problem> {
    /// The external interrupts of the machine level at a hart's own controller.
    const MACHINE_EXTERNAL: u32 = 11;
    let mut tree = parsed(tree)?;
    let bus = tree.root.child_mut("soc").ok_or("the zone's device tree has no bus")?;
    let plic = bus
        .children_mut()
        .find(|node| node.name().starts_with("plic@") || node.name().starts_with("interrupt-controller@"));
    let plic = plic.ok_or("the zone's device tree has no PLIC")?;
    let name = "interrupts-extended";
    let contexts = plic.property(name).ok_or("the zone's PLIC has no contexts")?.value().to_vec();
    let hart = contexts.get(..4).ok_or("the zone's PLIC has no contexts")?;
    let with = [hart, &MACHINE_EXTERNAL.to_be_bytes(), contexts.as_slice()].concat();
    plic.remove_property(name);
    plic.add_property(DeviceTreeProperty::new_unchecked(name, with));
    Ok(tree.to_dtb())
}

/// How long each kind of work took, in nanoseconds.
fn times(console: &str) -> Result<Vec<f64>, Problem> {
    let time = |work: &&str| {
        let lines = console.lines().filter_map(|line| line.split_once("bulkhead-init: took "));
        let mut pairs = lines.filter_map(|(_, line)| line.trim().split_once(' '));
        pairs.find(|(name, _)| name == work).and_then(|(_, time)| time.parse().ok())
    };
    let times: Option<Vec<f64>> = WORK.iter().map(time).collect();
    match times {
        Some(times) if !console.contains("bulkhead-init: failed") => Ok(times),
        _ => Err(format!("Linux has not done all of its work:\n{console}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn console(last: &str) -> String {
        let lines = WORK
            .iter()
            .enumerate()
            .map(|(place, work)| format!("[z] bulkhead-init: took {work} {place}\r\n"));
        lines.chain([last.to_owned()]).collect()
    }

    #[test]
    fn the_time_of_each_work_is_read() {
        assert_eq!(times(&console("")), Ok(vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]));
    }

    #[test]
    fn work_that_failed_has_no_time() {
        assert!(times(&console("bulkhead-init: failed")).is_err());
        assert!(times("bulkhead-init: took write_4k 1").is_err());
    }
}
