//! A hostile zone reaches nothing, and one that breaks down breaks down alone.

use std::time::Duration;

use bulkhead::console::Verdict;

use super::{BOOT, SOON};
use crate::board::EACH_INTERRUPT_CONTROLLER;
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

/// How long the hostile guest may take for all its attempts.
const ATTEMPTS: Duration = Duration::from_secs(240);

/// Fewer attempts than this prove nothing.
const FEWEST_ATTEMPTS: u64 = 10_000;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "a_hostile_zone_escapes_nothing",
            || {
                Partition::of([
                    Zone::bare_metal("hostile", [0, 1], "seed=1"),
                    Zone::linux("victim", [2, 3], "heartbeat 10"),
                ])
            },
            the_victim_lives_on,
        )
        .on(EACH_INTERRUPT_CONTROLLER),
        Scenario::new(
            "a_zone_that_cannot_handle_its_exceptions_is_stopped_alone",
            || beside_a_neighbour("mode=suicide"),
            |stage| the_neighbour_lives_on(stage, "vector"),
        ),
        Scenario::new(
            "a_zone_whose_handler_faults_for_ever_is_stopped_alone",
            || beside_a_neighbour("mode=suicide-stack"),
            |stage| the_neighbour_lives_on(stage, "it faults for ever: PC"),
        ),
        Scenario::new(
            "a_zone_whose_page_tables_are_foreign_is_stopped_alone",
            || beside_a_neighbour("mode=suicide-tables"),
            |stage| the_neighbour_lives_on(stage, "its page tables"),
        ),
    ]
}

fn beside_a_neighbour(options: &'static str) -> Partition {
    Partition::of([
        Zone::bare_metal("hostile", [0], options),
        Zone::linux("neighbour", [2, 3], "repeat_input"),
    ])
}

pub(super) fn the_victim_lives_on(stage: &mut Stage) -> Result<(), Miss> {
    let report = stage.expect("hostile", "hostile: attempts=", BOOT + ATTEMPTS)?;
    let number = |name: &str| -> Result<u64, Miss> {
        let value = report.split_whitespace().find_map(|word| word.strip_prefix(name)?.parse().ok());
        value.ok_or_else(|| Miss(format!("no {name} in `{report}`")))
    };
    let (attempts, escapes) = (number("attempts=")?, number("escapes=")?);
    if escapes != 0 || attempts < FEWEST_ATTEMPTS {
        return Err(Miss(format!("expected {FEWEST_ATTEMPTS} attempts and no escape: `{report}`")));
    }
    stage.expect("victim", "bulkhead-init: heartbeat 10 memory", BOOT + SOON)?;
    if let Some(line) = stage.lines("victim").find(|line| line.contains("CHANGED")) {
        return Err(Miss(format!("the victim's memory changed: `{line}`")));
    }
    stage.expect_clean_end(SOON)
}

fn the_neighbour_lives_on(stage: &mut Stage, cause: &str) -> Result<(), Miss> {
    let report = stage.expect_hypervisor("zone hostile: failed: ", BOOT)?;
    if !report.contains(cause) {
        return Err(Miss(format!("expected `{cause}` as the cause of `{report}`")));
    }
    stage.expect("neighbour", "bulkhead-init: listening", BOOT)?;
    stage.send("neighbour", "quit\n")?;
    stage.expect_hypervisor("zone neighbour: powered off", SOON)?;
    match stage.verdict(SOON)? {
        Verdict::ZonesFailed(zones) if zones.len() == 1 && zones[0].0 == "hostile" => Ok(()),
        verdict => Err(Miss(format!("expected the hostile zone alone to fail: {verdict}"))),
    }
}
