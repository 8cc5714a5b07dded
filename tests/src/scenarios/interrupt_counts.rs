//! Interrupts of devices that zones own: as many are handled as were raised.

use super::{BOOT, SOON};
use crate::board::{ARM64, ARM64_GICV2, EACH_INTERRUPT_CONTROLLER};
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

/// A disk at the transport with the lowest address. QEMU writes a line each time that a transport sets its line.
const TRACED_DISK: &[&str] = &[
    "-global",
    "virtio-mmio.force-legacy=false",
    "-drive",
    "if=none,id=disk,format=raw,file={disk}",
    "-device",
    "virtio-blk-device,bus=virtio-mmio-bus.0,drive=disk",
    "-trace",
    "virtio_mmio_setting_irq",
    "-D",
    "{trace}",
];
/// The start of such a line; the level is behind it.
const SET: &str = "virtio_mmio_setting_irq virtio_mmio setting IRQ ";

/// Who read the disk at the same time, and how often each: one interrupt answers as many requests as there are readers
/// at most.
const READERS: u64 = 4;
const READS: u64 = 500;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "each_of_a_thousand_alarms_interrupts_its_zone_once",
            || {
                let zone = Zone::bare_metal("interrupts", [1], "devices=1000").owning("pl031@9010000");
                Partition::of([zone])
            },
            each_alarm_is_handled,
        )
        .on(&[ARM64, ARM64_GICV2]),
        Scenario::new(
            "each_of_a_thousand_alarms_interrupts_its_zone_once_with_direct_delivery",
            || {
                let zone = Zone::bare_metal("interrupts", [1], "devices=1000").owning("pl031@9010000");
                Partition::of([zone.directly()])
            },
            each_alarm_is_handled,
        )
        .on(&[ARM64]),
        Scenario::new(
            "linux_handles_as_many_interrupts_of_its_disk_as_the_disk_raises",
            || {
                let read = format!("dd if=/dev/vda of=/dev/null bs=4096 count={READS} iflag=direct");
                let read =
                    format!("for n in $(seq {READERS}); do {read} skip=$(((n - 1) * {READS})) & done; wait");
                let commands = format!("drivers; {read}; say handled $(grep virtio0 /proc/interrupts)");
                let zone = Zone::linux("linux", [1, 2], &commands).with_initrd("guest:devices");
                Partition::of([zone.trusted_with_kind("virtio,mmio")])
            },
            as_many_are_handled_as_raised,
        )
        .with_qemu(TRACED_DISK)
        .on(EACH_INTERRUPT_CONTROLLER),
    ]
}

fn each_alarm_is_handled(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("interrupts", "interrupts: alarms raised=1000 handled=1000 spurious=0", BOOT)?;
    stage.expect_clean_end(SOON)
}

fn as_many_are_handled_as_raised(stage: &mut Stage) -> Result<(), Miss> {
    let line = stage.expect("linux", "bulkhead-init: handled ", BOOT + SOON)?;
    stage.expect_clean_end(SOON)?;
    let raised = rising_edges(&stage.trace()?);
    match handled(&line) {
        Some(handled) if handled == raised && raised >= READS => Ok(()),
        _ => Err(Miss(format!("the disk has raised {raised} interrupts: `{line}`"))),
    }
}

/// How often the line has risen.
fn rising_edges(trace: &str) -> u64 {
    let mut is_high = false;
    let mut edges = 0;
    for level in trace.lines().filter_map(|line| line.strip_prefix(SET)) {
        let was_high = std::mem::replace(&mut is_high, level != "0");
        edges += u64::from(is_high && !was_high);
    }
    edges
}

/// The sum of the CPUs' counts in a line of /proc/interrupts that the guest says.
fn handled(line: &str) -> Option<u64> {
    let (_, counts) = line.split_once("handled ")?.1.split_once(':')?;
    Some(counts.split_whitespace().map_while(|count| count.parse::<u64>().ok()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_stays_high_has_risen_once() {
        let trace: String = ["0", "1", "1", "0", "1"].map(|level| format!("{SET}{level}\n")).concat();
        assert_eq!(rising_edges(&trace), 2);
    }

    #[test]
    fn the_counts_of_each_cpu_are_added() {
        let line = "bulkhead-init: handled 12: 1001 17 GICv3 79 Edge virtio0";
        assert_eq!(handled(line), Some(1018));
    }
}
