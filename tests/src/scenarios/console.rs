//! One keyboard, many zones.

use super::{BOOT, SOON};
use crate::board::EACH_INTERRUPT_CONTROLLER;
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "console_input_reaches_only_the_chosen_zone",
            || {
                Partition::of([
                    Zone::linux("a", [0, 1], "repeat_input"),
                    Zone::linux("b", [2, 3], "repeat_input"),
                ])
            },
            input_reaches_the_chosen_zone,
        )
        .on(EACH_INTERRUPT_CONTROLLER),
    ]
}

pub(super) fn input_reaches_the_chosen_zone(stage: &mut Stage) -> Result<(), Miss> {
    for zone in ["a", "b"] {
        stage.expect(zone, "bulkhead-init: listening", BOOT)?;
    }
    for (zone, text) in [("a", "first meant for a"), ("b", "only meant for b"), ("a", "second meant for a")] {
        stage.send(zone, &format!("{text}\n"))?;
        stage.expect(zone, &format!("received <{text}>"), SOON)?;
    }
    for zone in ["a", "b"] {
        stage.send(zone, "quit\n")?;
        stage.expect_hypervisor(&format!("zone {zone}: powered off"), SOON)?;
    }
    stage.expect_clean_end(SOON)?;
    for (zone, foreign) in [("a", "meant for b"), ("b", "meant for a")] {
        if let Some(line) = stage.lines(zone).find(|line| line.contains(foreign)) {
            return Err(Miss(format!("zone {zone} heard what was typed to the other: `{line}`")));
        }
    }
    Ok(())
}
