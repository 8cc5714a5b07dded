//! Devices of the board that zones own.

use std::time::Duration;

use bulkhead::console::Verdict;

use super::{BOOT, SOON};
use crate::board::{ARM64, ARM64_GICV2, RISCV64, RISCV64_PLIC};
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

/// Two transports of one page of QEMU's arm64 board; an entropy source is behind the first.
const OF_NEIGHBOUR: &str = "virtio_mmio@a003c00";
const OF_HOSTILE: &str = "virtio_mmio@a003e00";
const ENTROPY: &[&str] = &["-device", "virtio-rng-device,bus=virtio-mmio-bus.30"];

/// What the example names for its zone with a virtio transport.
const ENTROPY_OF_EXAMPLE: &[&str] = &["-device", "virtio-rng-device,bus=virtio-mmio-bus.31"];

/// A disk and an entropy source, on arm64 in one page, on riscv64 in one each.
pub(super) const DISK_AND_ENTROPY_ARM64: &[&str] = &[
    "-global",
    "virtio-mmio.force-legacy=false",
    "-drive",
    "if=none,id=disk,format=raw,file={disk}",
    "-device",
    "virtio-blk-device,bus=virtio-mmio-bus.31,drive=disk",
    "-device",
    "virtio-rng-device,bus=virtio-mmio-bus.30",
];
pub(super) const DISK_AND_ENTROPY_RISCV64: &[&str] = &[
    "-global",
    "virtio-mmio.force-legacy=false",
    "-drive",
    "if=none,id=disk,format=raw,file={disk}",
    "-device",
    "virtio-blk-device,bus=virtio-mmio-bus.7,drive=disk",
    "-device",
    "virtio-rng-device,bus=virtio-mmio-bus.6",
];

/// What the kernel says of a file system that it mounts: without a journal there would be no mode.
const JOURNAL: &str = "r/w with ordered data mode";

/// How long the hostile guest may take for all of its rounds.
const ATTEMPTS: Duration = Duration::from_secs(240);
/// Fewer attempts of a round than these are not every byte in every width, loads and stores.
const FEWEST_ATTEMPTS: u64 = 3584 * 8;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "a_hostile_zone_reaches_no_register_of_its_neighbour_in_the_same_page",
            || {
                // A driver has acknowledged the device (Status = 3): nobody else takes that back.
                let neighbour =
                    "devmem 0xa003c70 32 3; mark set; say status $(devmem 0xa003c70) of $(devmem 0xa003c08)";
                Partition::of([
                    Zone::bare_metal("hostile", [0], "rounds=60").trusted_with(OF_HOSTILE),
                    Zone::linux("neighbour", [2, 3], neighbour).trusted_with(OF_NEIGHBOUR),
                ])
            },
            the_neighbours_registers_stay,
        )
        .with_qemu(ENTROPY)
        .on(&[ARM64, ARM64_GICV2]),
        Scenario::of_example(
            "the_example_of_two_linux_zones_with_devices_runs_as_it_is",
            "devices",
            each_zone_of_the_example_uses_its_own,
        )
        .with_qemu(ENTROPY_OF_EXAMPLE)
        .on(&[ARM64]),
        Scenario::new(
            "what_a_device_of_an_arm64_board_refuses_is_its_guests_fault",
            || configured("fw-cfg@9020000", &refused_at("0x9020000", "0x9020008")),
            the_fault_is_the_guests_own,
        )
        .on(&[ARM64, ARM64_GICV2]),
        Scenario::new(
            "what_a_device_of_a_riscv64_board_refuses_is_its_guests_fault",
            || configured("fw-cfg@10100000", &refused_at("0x10100000", "0x10100008")),
            the_fault_is_the_guests_own,
        )
        .on(&[RISCV64, RISCV64_PLIC]),
        Scenario::new(
            "a_zone_with_a_device_that_cannot_be_reset_does_not_start_again",
            || configured("fw-cfg@9020000", "reboot -f"),
            the_zone_does_not_start_again,
        )
        .on(&[ARM64]),
        Scenario::new(
            "linux_zones_with_a_disk_and_an_entropy_source_of_one_page_recover_the_journal_after_a_restart",
            || {
                disk_and_entropy(
                    ["virtio_mmio@a003e00", "pl031@9010000"],
                    ["virtio_mmio@a003c00", "pl061@9030000"],
                )
            },
            |stage| the_disk_is_kept(stage, Some(["rtc-pl031", "PL061 GPIO chip registered"])),
        )
        .with_qemu(DISK_AND_ENTROPY_ARM64)
        .on(&[ARM64, ARM64_GICV2]),
        Scenario::new(
            "linux_zones_with_a_disk_and_an_entropy_source_recover_the_journal_after_a_restart",
            || {
                disk_and_entropy(
                    ["virtio_mmio@10008000", "rtc@101000"],
                    ["virtio_mmio@10007000", "flash@20000000"],
                )
            },
            |stage| the_disk_is_kept(stage, None),
        )
        .with_qemu(DISK_AND_ENTROPY_RISCV64)
        .on(&[RISCV64, RISCV64_PLIC]),
    ]
}

fn each_zone_of_the_example_uses_its_own(stage: &mut Stage) -> Result<(), Miss> {
    let steps = [
        ("panel", "cat /sys/class/rtc/rtc0/name", "rtc-pl031"),
        ("store", "head -c 16 /dev/hwrng | wc -c | sed s/^/read=/", "read=16"),
    ];
    for (zone, command, answer) in steps {
        stage.expect(zone, "bulkhead-init: ready", BOOT)?;
        stage.send(zone, &format!("{command}\n"))?;
        stage.expect(zone, answer, SOON)?;
        stage.send(zone, "exit\n")?;
        stage.expect_hypervisor(&format!("zone {zone}: powered off"), SOON)?;
    }
    stage.expect_clean_end(SOON)
}

/// A zone that owns the board's configuration device, 24 bytes of a page: it refuses to be read where it is told what to
/// show, and nobody knows how it is reset.
fn configured(device: &'static str, commands: &str) -> Partition {
    Partition::of([Zone::linux("owner", [1], commands).trusted_with(device)])
}

fn the_fault_is_the_guests_own(stage: &mut Stage) -> Result<(), Miss> {
    // What it shows at first begins with a Q.
    stage.expect("owner", "bulkhead-init: shows 0x51", BOOT)?;
    stage.expect("owner", "bulkhead-init: refused", SOON)?;
    stage.expect("owner", "bulkhead-init: shows 0x51", SOON)?;
    stage.expect_clean_end(SOON)
}

fn the_zone_does_not_start_again(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("owner", "bulkhead-init: ready", BOOT)?;
    stage.expect_hypervisor("zone owner: failed: not restarted: its device at", SOON)?;
    match stage.verdict(SOON)? {
        Verdict::ZonesFailed(_) => Ok(()),
        verdict => Err(Miss(format!("expected the zone to fail: {verdict}"))),
    }
}

/// Reads the configuration device's data before and after a load that it refuses.
fn refused_at(data: &str, selector: &str) -> String {
    let show = format!("devmem {selector} 16 0; say shows $(devmem {data} 8)");
    format!("{show}; devmem {selector} 16 || say refused; {show}")
}

/// Two zones, each with a transport and another device.
fn disk_and_entropy(of_disk: [&'static str; 2], of_entropy: [&'static str; 2]) -> Partition {
    let zone = |name, cpus: [usize; 2], run, [transport, other]: [&str; 2]| {
        Zone::linux(name, cpus, run).with_initrd("guest:devices").trusted_with(transport).owning(other)
    };
    let entropy = "drivers; head -c 1000 /dev/hwrng >/tmp/random; say random $(wc -c </tmp/random)";
    Partition::of([
        zone("disk", [0, 1], "drivers; disk", of_disk),
        zone("entropy", [2, 3], entropy, of_entropy),
    ])
}

/// `others` is what the zones' kernels say of their other devices.
fn the_disk_is_kept(stage: &mut Stage, others: Option<[&str; 2]>) -> Result<(), Miss> {
    if let Some([of_disk, of_entropy]) = others {
        stage.expect("disk", of_disk, BOOT)?;
        stage.expect("entropy", of_entropy, BOOT)?;
    }
    stage.expect("disk", JOURNAL, BOOT + SOON)?;
    stage.expect("disk", "bulkhead-init: disk filled", SOON)?;
    stage.expect_hypervisor("zone disk: rebooting", SOON)?;
    stage.expect("entropy", "bulkhead-init: random 1000", BOOT + SOON)?;
    stage.expect("disk", "EXT4-fs (vda): recovery complete", BOOT + SOON)?;
    stage.expect("disk", JOURNAL, SOON)?;
    stage.expect("disk", "bulkhead-init: disk kept", SOON)?;
    stage.expect_clean_end(SOON)
}

fn the_neighbours_registers_stay(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("neighbour", "bulkhead-init: mark set", BOOT)?;
    let rounds =
        |stage: &Stage| stage.lines("hostile").filter(|line| line.contains("pages: attempts=")).count();
    let before = rounds(stage);
    let report = stage.expect("hostile", "hostile: attempts=", ATTEMPTS)?;
    // The round under way may have begun before the neighbour was ready.
    if rounds(stage) < before + 2 {
        return Err(Miss("the hostile zone had ended before the neighbour was ready".into()));
    }
    stage.send("neighbour", "\n")?;
    // Device 4 is an entropy source.
    stage.expect("neighbour", "bulkhead-init: status 0x00000003 of 0x00000004", SOON)?;
    let number =
        |name: &str| report.split_whitespace().find_map(|word| word.strip_prefix(name)?.parse().ok());
    match (number("attempts="), number("escapes=")) {
        (Some(attempts), Some(0)) if attempts >= 60 * FEWEST_ATTEMPTS => stage.expect_clean_end(SOON),
        _ => Err(Miss(format!("expected every byte in every width and no escape: `{report}`"))),
    }
}
