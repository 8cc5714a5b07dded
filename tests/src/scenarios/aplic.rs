//! The APLIC of a zone reads as the machine's own does.

use std::time::Duration;

use super::BOOT;
use super::script_log::{self, field, first_difference};
use crate::board::RISCV64;
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

/// The guest, and its zone.
const SCRIPT: &str = "aplic-script";
/// Harts that the script needs.
const HARTS: usize = 2;
/// Scripts in a row, their steps, and how often they print.
const SEEDS: u64 = 8;
const STEPS: u64 = 4000;
const BATCH: u64 = 100;
/// Fewer messages than this from all scripts together prove nothing.
const FEWEST_MESSAGES: u64 = 1000;

/// Devices of the zone, and their sources: a clock whose wire the script moves, and a device that stays quiet.
const CLOCK: &str = "/soc/rtc@101000";
const QUIET: &str = "/soc/virtio_mmio@10001000";
const OWNED: &str = "owned=11,1";

/// How long the scripts may take. In a zone they take 20 s on an idle machine.
const RUN: Duration = Duration::from_secs(240);
/// Lines that are shown before the first that differs.
const LINES_BEFORE: usize = 30;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "aplic_scripts_read_the_same_bare_and_in_a_zone",
            || partition(&all_seeds()),
            both_read_the_same,
        )
        .on(&[RISCV64]),
    ]
}

/// The zone's harts are neither the first ones nor in order: its hart indices are not the machine's.
fn partition(options: &str) -> Partition {
    let zone = Zone::bare_metal(SCRIPT, [2, 1], options);
    Partition::of([zone.owning(CLOCK).trusted_with(QUIET)])
}

fn all_seeds() -> String {
    format!("seed=1 seeds={SEEDS} steps={STEPS} {OWNED}")
}

/// One seed up to a step, with every access of the last batch.
fn dump(seed: u64, step: u64) -> String {
    format!("seed={seed} steps={step} dump=yes {OWNED}")
}

fn both_read_the_same(stage: &mut Stage) -> Result<(), Miss> {
    let zone = log_of_zone(stage)?;
    let bare = log_without_hypervisor(stage, &all_seeds())?;
    if let Some((index, pair)) = first_difference(&bare, &zone) {
        let place = bare.get(index).and_then(|line| Some((field(line, "seed=")?, field(line, "step=")?)));
        let Some((seed, step)) = place else { return Err(Miss(pair)) };
        return Err(explain(stage, seed, step)?);
    }
    let sums: Vec<u64> = zone.iter().filter_map(|line| field(line, "messages=")).collect();
    let lines = zone.len() as u64;
    let expected = SEEDS * (STEPS / BATCH + 1);
    if sums.len() as u64 != SEEDS || lines != expected || sums.iter().sum::<u64>() < FEWEST_MESSAGES {
        return Err(Miss(format!(
            "expected {expected} lines and {FEWEST_MESSAGES} messages: {lines} lines, messages {sums:?}"
        )));
    }
    Ok(())
}

/// Plays one script again on both, up to the batch that differs, and names the first access that does.
fn explain(stage: &Stage, seed: u64, step: u64) -> Result<Miss, Miss> {
    let options = dump(seed, step);
    let zone = log_of_zone(&mut stage.another(&partition(&options))?)?;
    let bare = log_without_hypervisor(stage, &options)?;
    Ok(Miss(match first_difference(&bare, &zone) {
        None => format!("seed {seed}: differed up to step {step}, but not when it was played alone"),
        Some((index, pair)) => {
            let before = zone[index.saturating_sub(LINES_BEFORE)..index].join("\n    ");
            format!("seed {seed}: differs up to step {step} (`{options}` dumps it)\n    {before}\n{pair}")
        }
    }))
}

/// What the script has to say once its zone has ended.
fn log_of_zone(stage: &mut Stage) -> Result<Vec<String>, Miss> {
    stage.expect_clean_end(BOOT + RUN)?;
    Ok(script_log::of(SCRIPT, stage.lines(SCRIPT)))
}

fn log_without_hypervisor(stage: &Stage, options: &str) -> Result<Vec<String>, Miss> {
    let console = stage.without_hypervisor(SCRIPT, HARTS, options, BOOT + RUN)?;
    Ok(script_log::of(SCRIPT, console.lines()))
}
