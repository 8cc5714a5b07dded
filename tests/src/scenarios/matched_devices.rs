//! Devices that a zone's own device tree asks for, by interrupts of other numbers than the board's.

use super::devices::{DISK_AND_ENTROPY_ARM64, DISK_AND_ENTROPY_RISCV64};
use super::{BOOT, SOON};
use crate::board::{ARM64, ARM64_GICV2, RISCV64, RISCV64_PLIC};
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

/// A board's transports for an entropy source and for a disk, each by its node and its interrupt.
struct Transports {
    entropy: (&'static str, u32),
    disk: (&'static str, u32),
}

const ON_ARM64: Transports =
    Transports { entropy: ("virtio_mmio@a003c00", 78), disk: ("virtio_mmio@a003e00", 79) };
const ON_RISCV64: Transports =
    Transports { entropy: ("virtio_mmio@10007000", 7), disk: ("virtio_mmio@10008000", 8) };

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "devices_of_an_arm64_board_interrupt_guests_by_the_numbers_of_their_own_trees",
            || partition(&ON_ARM64),
            |stage| interrupts_come_by(&ON_ARM64, stage),
        )
        .with_qemu(DISK_AND_ENTROPY_ARM64)
        .on(&[ARM64, ARM64_GICV2]),
        Scenario::new(
            "devices_of_a_riscv64_board_interrupt_guests_by_the_numbers_of_their_own_trees",
            || partition(&ON_RISCV64),
            |stage| interrupts_come_by(&ON_RISCV64, stage),
        )
        .with_qemu(DISK_AND_ENTROPY_RISCV64)
        .on(&[RISCV64, RISCV64_PLIC]),
    ]
}

/// Two zones, the trees of which give each one's device the number that the board gives to the other's.
fn partition(transports: &Transports) -> Partition {
    let zone = |name, cpus: [usize; 2], run: &str, (node, _), (_, number)| {
        let run = format!("drivers; {run}; say irq $(grep virtio /proc/interrupts)");
        Zone::linux(name, cpus, &run)
            .with_initrd("guest:devices")
            .trusted_with(node)
            .renumbering(node, number)
    };
    let Transports { entropy, disk } = *transports;
    let random = "head -c 1000 /dev/hwrng >/tmp/random; say random $(wc -c </tmp/random)";
    Partition::of([
        zone("entropy", [0, 1], random, entropy, disk),
        // It starts again in between.
        zone("disk", [2, 3], "disk", disk, entropy),
    ])
}

fn interrupts_come_by(transports: &Transports, stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("disk", "bulkhead-init: disk filled", BOOT + SOON)?;
    stage.expect_hypervisor("zone disk: rebooting", SOON)?;
    for (zone, done, (_, number)) in
        [("entropy", "random 1000", transports.disk), ("disk", "disk kept", transports.entropy)]
    {
        stage.expect(zone, &format!("bulkhead-init: {done}"), BOOT + SOON)?;
        let row = stage.expect(zone, "bulkhead-init: irq ", SOON)?;
        // Linux's number, a count for each of the two CPUs, the controller, its number for the line, and how it is
        // triggered.
        let words: Vec<&str> = row.split_whitespace().skip_while(|word| *word != "irq").skip(2).collect();
        let count: u32 = words.iter().take(2).filter_map(|word| word.parse::<u32>().ok()).sum();
        let trigger = words.iter().position(|word| matches!(*word, "Edge" | "Level"));
        let line = trigger.and_then(|trigger| words.get(trigger.checked_sub(1)?)?.parse().ok());
        if count == 0 || line != Some(number) {
            return Err(Miss(format!("expected interrupts by number {number}: `{row}`")));
        }
    }
    stage.expect_clean_end(SOON)
}
