//! Devices that interrupt without end.

use bulkhead::console::Line;

use super::{BOOT, SOON};
use crate::board::{ARM64, ARM64_GICV2, RISCV64_PLIC};
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

/// The zone, which is named for its guest, and one that has to do with none of it.
const ZONE: &str = "flooded";
const BYSTANDER: &str = "ticker";

/// Instructions make the time, so that a flood is one on every machine.
const GUEST_TIME: &[&str] = &["-icount", "shift=0"];

/// As many interrupts as a source may raise in 10 ms.
const BURST: u64 = 2048;
/// Interrupts that the guest may take in the 40 ms that it is flooded: a burst in each 10 ms of it, one more for the
/// beginning, and one for an alarm of the console's that ends a wait before its time.
const MOST: u64 = 6 * BURST;

/// Ticks of the bystander between the last line that counts them and the count of its exits, and exits that two commands
/// and the console's alarm lead to.
const MORE: u64 = 2000;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "a_device_that_interrupts_without_end_is_held_back_and_serves_again_after_it",
            || partition("pl031@9010000"),
            the_flood_is_held_back,
        )
        .with_qemu(GUEST_TIME)
        .on(&[ARM64, ARM64_GICV2]),
        Scenario::new(
            "a_device_at_a_plic_that_interrupts_without_end_is_held_back_and_serves_again_after_it",
            || partition("rtc@101000"),
            the_flood_is_held_back,
        )
        .with_qemu(GUEST_TIME)
        .on(&[RISCV64_PLIC]),
    ]
}

/// The bystander's CPU is the one that boots, which has the console's interrupt.
fn partition(clock: &str) -> Partition {
    Partition::of([
        Zone::bare_metal(ZONE, [1], "").owning(clock),
        Zone::bare_metal(BYSTANDER, [0], "seconds=600"),
    ])
}

fn the_flood_is_held_back(stage: &mut Stage) -> Result<(), Miss> {
    for _ in 0..2 {
        stage.expect_hypervisor("zone flooded: interrupt ", BOOT)?;
        let line = stage.expect(ZONE, "flooded: taken=", SOON)?;
        if !number(&line, "taken=").is_some_and(|taken| (BURST..=MOST).contains(&taken)) {
            return Err(Miss(format!("expected {BURST} to {MOST} interrupts: `{line}`")));
        }
        stage.expect(ZONE, "flooded: over served=10", SOON)?;
    }
    stage.expect_hypervisor("zone flooded: powered off", SOON)?;
    // One line for each flood, however often it was held back.
    let reports = stage.lines(Line::HYPERVISOR).filter(|line| line.contains("held back")).count();
    if reports != 2 {
        return Err(Miss(format!("expected a report of each of two floods, not {reports}")));
    }
    let line = stage.expect(BYSTANDER, "ticker: seconds=", SOON)?;
    let exits: u64 = stage.exits(BYSTANDER, 1, SOON)?.iter().map(|exits| exits.interrupts).sum();
    // On riscv64 ticks are no exits.
    match number(&line, "ticks=") {
        Some(ticks) if exits <= ticks + MORE => Ok(()),
        _ => Err(Miss(format!("the other zone was left {exits} times for interrupts: `{line}`"))),
    }
}

fn number(line: &str, name: &str) -> Option<u64> {
    line.split_whitespace().find_map(|word| word.strip_prefix(name)?.parse().ok())
}
