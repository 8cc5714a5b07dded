//! Devices of the board that zones own.

use std::time::Duration;

use super::{BOOT, SOON};
use crate::board::{ARM64, ARM64_GICV2};
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

/// Two transports of one page of QEMU's arm64 board; an entropy source is behind the first.
const OF_NEIGHBOUR: &str = "virtio_mmio@a003c00";
const OF_HOSTILE: &str = "virtio_mmio@a003e00";
const ENTROPY: &[&str] = &["-device", "virtio-rng-device,bus=virtio-mmio-bus.30"];

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
    ]
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
