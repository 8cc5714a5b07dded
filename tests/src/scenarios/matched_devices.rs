//! Devices that a zone's own device tree asks for, by interrupts of other numbers than the board's.

use super::{BOOT, SOON};
use crate::board::{ARM64, ARM64_GICV2, RISCV64, RISCV64_PLIC};
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

/// A board's transports for an entropy source and for a disk, each by its node and the board's interrupt.
struct Transports {
    entropy: &'static str,
    disk: &'static str,
    /// The disk's.
    interrupt: u32,
}

const ON_ARM64: Transports =
    Transports { entropy: "virtio_mmio@a003c00", disk: "virtio_mmio@a003e00", interrupt: 79 };
const ON_RISCV64: Transports =
    Transports { entropy: "virtio_mmio@10007000", disk: "virtio_mmio@10008000", interrupt: 8 };

const DEVICES_ARM64: &[&str] = &[
    "-global",
    "virtio-mmio.force-legacy=false",
    "-drive",
    "if=none,id=disk,format=raw,file={disk}",
    "-device",
    "virtio-blk-device,bus=virtio-mmio-bus.31,drive=disk",
    "-device",
    "virtio-rng-device,bus=virtio-mmio-bus.30",
];
const DEVICES_RISCV64: &[&str] = &[
    "-global",
    "virtio-mmio.force-legacy=false",
    "-drive",
    "if=none,id=disk,format=raw,file={disk}",
    "-device",
    "virtio-blk-device,bus=virtio-mmio-bus.7,drive=disk",
    "-device",
    "virtio-rng-device,bus=virtio-mmio-bus.6",
];

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "a_device_of_an_arm64_board_interrupts_a_guest_by_the_number_of_the_guests_own_tree",
            || partition(&ON_ARM64),
            |stage| interrupts_come_by(&ON_ARM64, stage),
        )
        .with_qemu(DEVICES_ARM64)
        .on(&[ARM64, ARM64_GICV2]),
        Scenario::new(
            "a_device_of_a_riscv64_board_interrupts_a_guest_by_the_number_of_the_guests_own_tree",
            || partition(&ON_RISCV64),
            |stage| interrupts_come_by(&ON_RISCV64, stage),
        )
        .with_qemu(DEVICES_RISCV64)
        .on(&[RISCV64, RISCV64_PLIC]),
    ]
}

/// A zone whose own tree gives its entropy source the number that the board gives to the other zone's disk.
fn partition(transports: &Transports) -> Partition {
    let linux = |name, cpus: [usize; 2], run| Zone::linux(name, cpus, run).with_initrd("guest:devices");
    let entropy = "drivers; head -c 1000 /dev/hwrng >/tmp/random; say random $(wc -c </tmp/random); \
        say irq $(grep virtio /proc/interrupts)";
    let disk = "drivers; head -c 4000000 /dev/vda >/tmp/data; say read $(wc -c </tmp/data)";
    Partition::of([
        linux("entropy", [0, 1], entropy)
            .trusted_with(transports.entropy)
            .renumbering(transports.entropy, transports.interrupt),
        linux("disk", [2, 3], disk).trusted_with(transports.disk),
    ])
}

fn interrupts_come_by(transports: &Transports, stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("entropy", "bulkhead-init: random 1000", BOOT + SOON)?;
    let row = stage.expect("entropy", "bulkhead-init: irq ", SOON)?;
    stage.expect("disk", "bulkhead-init: read 4000000", BOOT + SOON)?;
    // Linux's number, a count for each of the two CPUs, the controller, its number for the line, and how it is triggered.
    let words: Vec<&str> = row.split_whitespace().skip_while(|word| *word != "irq").skip(2).collect();
    let count: u32 = words.iter().take(2).filter_map(|word| word.parse::<u32>().ok()).sum();
    let trigger = words.iter().position(|word| matches!(*word, "Edge" | "Level"));
    let number = trigger.and_then(|trigger| words.get(trigger.checked_sub(1)?)?.parse().ok());
    if count == 0 || number != Some(transports.interrupt) {
        return Err(Miss(format!("expected interrupts by number {}: `{row}`", transports.interrupt)));
    }
    stage.expect_clean_end(SOON)
}
