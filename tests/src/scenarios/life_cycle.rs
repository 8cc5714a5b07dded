//! Zones and vCPUs come and go without their neighbours noticing.

use std::time::Duration;

use super::{BOOT, SOON};
use crate::board::{EACH_ARCHITECTURE, EACH_INTERRUPT_CONTROLLER};
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

/// Reboots of the zone whose neighbour must not notice.
const REBOOTS: usize = 10;

/// Options of the ticking neighbour, and what it must count up to: long enough to see all reboots.
pub(super) const TICKER: &str = "seconds=600";

/// The longest time between two ticks of a 1 kHz timer that is no gap, in microseconds of guest time.
const LONGEST_GAP: u64 = 5000;

/// One instruction takes one nanosecond of guest time: gaps do not depend on what else the host does.
pub(super) const GUEST_TIME: &[&str] = &["-icount", "shift=0,sleep=off"];

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "cpus_go_offline_and_come_back",
            || Partition::of([Zone::linux("a", [0, 1, 2, 3], "hotplug")]),
            cpus_go_and_come,
        )
        .on(EACH_INTERRUPT_CONTROLLER),
        Scenario::new(
            "a_zone_that_powers_off_leaves_the_other_running",
            || {
                Partition::of([
                    Zone::linux("short", [0, 1], "poweroff -f"),
                    Zone::linux("long", [2, 3], "repeat_input"),
                ])
            },
            the_survivor_answers,
        ),
        Scenario::new(
            "a_zone_reboots_ten_times_while_its_neighbour_ticks",
            || {
                Partition::of([
                    Zone::linux("rebooting", [0, 1], "reboot -f"),
                    Zone::bare_metal("ticker", [2], TICKER),
                ])
            },
            the_neighbour_ticks_without_a_gap,
        )
        .on(EACH_ARCHITECTURE)
        .with_qemu(GUEST_TIME),
    ]
}

pub(super) fn cpus_go_and_come(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("a", "bulkhead-init: ready", BOOT)?;
    for cpu in 1..4 {
        stage.expect("a", &format!("bulkhead-init: cpu{cpu} online=0"), SOON)?;
        stage.expect("a", &format!("bulkhead-init: cpu{cpu} online=1 ran=yes"), SOON)?;
    }
    stage.expect_clean_end(SOON)
}

fn the_survivor_answers(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect_hypervisor("zone short: powered off", BOOT)?;
    stage.expect("long", "bulkhead-init: listening", BOOT)?;
    stage.send("long", "still here\n")?;
    stage.expect("long", "received <still here>", SOON)?;
    stage.send("long", "quit\n")?;
    stage.expect_clean_end(SOON)
}

pub(super) fn the_neighbour_ticks_without_a_gap(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("ticker", "ticker: seconds=1 ", BOOT)?;
    for _ in 0..REBOOTS {
        stage.expect("rebooting", "bulkhead-init: ready", BOOT)?;
        stage.expect_hypervisor("zone rebooting: rebooting", SOON)?;
    }
    // The tick line after the last reboot covers all of them: its gap is the longest since the start.
    let seconds = stage.lines("ticker").filter(|line| line.starts_with("ticker: ")).count();
    let line =
        stage.expect("ticker", &format!("ticker: seconds={} ", seconds + 1), Duration::from_secs(120))?;
    let ticks = field(&line, "ticks=")?;
    let gap = field(&line, "max_gap_us=")?;
    if gap > LONGEST_GAP {
        return Err(Miss(format!("the neighbour missed ticks: `{line}`")));
    }
    // One tick in a hundred may be late across the end of the second that it is counted for.
    let expected = (seconds as u64 + 1) * 1000;
    if ticks < expected - expected / 100 {
        return Err(Miss(format!("expected about {expected} ticks: `{line}`")));
    }
    Ok(())
}

/// The number behind `name` in a line of `name=number` words.
fn field(line: &str, name: &str) -> Result<u64, Miss> {
    let value = line.split_whitespace().find_map(|word| word.strip_prefix(name)?.parse().ok());
    value.ok_or_else(|| Miss(format!("no {name} in `{line}`")))
}
