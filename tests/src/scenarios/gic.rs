//! The GIC of a zone reads as the machine's own does.

use std::time::Duration;

use super::BOOT;
use super::script_log::{self, field, first_difference};
use crate::board::{ARM64, ARM64_GICV2, Board};
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

/// The guest, and the zone in which it plays on two vCPUs.
const SCRIPT: &str = "gic-script";
/// The zone in which it plays on one vCPU.
const ALONE: &str = "alone";
/// Fewer interrupts than this acknowledged by all scripts of a zone prove nothing.
const FEWEST_ACKNOWLEDGED: u64 = 300;

/// How long the scripts may take. On an idle machine they take 20 s.
const RUN: Duration = Duration::from_secs(240);
/// Lines that are shown before the first that differs.
const LINES_BEFORE: usize = 40;

/// A zone, and its scripts.
struct Player {
    zone: &'static str,
    /// Physical CPUs. They are neither the first ones nor in order: vCPU 0 is not CPU 0.
    cpus: &'static [usize],
    seeds: u64,
    /// Its interrupts are delivered directly.
    directly: bool,
}

/// A script on two CPUs takes long, because each has to wait for the other.
const ON_TWO: Player = Player { zone: SCRIPT, cpus: &[2, 1], seeds: 20, directly: false };
const ON_ONE: Player = Player { zone: ALONE, cpus: &[3], seeds: 1000, directly: false };
/// With list registers they play at the same time.
const PLAYERS: [Player; 2] = [ON_TWO, ON_ONE];
/// With direct delivery one at a time: the hypervisor's own interrupts, those of the console that both print on, may come
/// between a zone's and its CPU.
const DIRECTLY_ON_TWO: Player = Player { directly: true, ..ON_TWO };
const DIRECTLY_ON_ONE: Player = Player { directly: true, ..ON_ONE };

impl Player {
    fn options(&self) -> String {
        format!("seed=1 seeds={}", self.seeds)
    }

    fn as_zone(&self, options: &str) -> Zone {
        let zone =
            Zone::bare_metal(self.zone, self.cpus.iter().copied(), options).with_kernel("guest:gic-script");
        if self.directly { zone.directly() } else { zone }
    }

    /// The machine whose GIC is to read the same.
    fn machine(&self, board: &Board) -> String {
        if self.directly {
            board.machine_with_two_security_states()
        } else {
            board.machine_without_hypervisor()
        }
    }
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "gic_scripts_read_the_same_bare_and_in_a_zone",
            || partition(&PLAYERS),
            |stage| all_read_the_same(stage, &PLAYERS),
        )
        .on(&[ARM64, ARM64_GICV2]),
        Scenario::new(
            "gic_scripts_read_as_on_a_non_secure_side_with_direct_delivery",
            || partition(&[DIRECTLY_ON_ONE]),
            |stage| all_read_the_same(stage, &[DIRECTLY_ON_ONE]),
        )
        .on(&[ARM64]),
        Scenario::new(
            "gic_scripts_on_two_cpus_read_as_on_a_non_secure_side_with_direct_delivery",
            || partition(&[DIRECTLY_ON_TWO]),
            |stage| all_read_the_same(stage, &[DIRECTLY_ON_TWO]),
        )
        .on(&[ARM64]),
    ]
}

fn partition(players: &[Player]) -> Partition {
    Partition::of(players.iter().map(|player| player.as_zone(&player.options())))
}

fn all_read_the_same(stage: &mut Stage, players: &[Player]) -> Result<(), Miss> {
    stage.expect_clean_end(BOOT + RUN)?;
    for player in players {
        let zone = script_log::of(SCRIPT, stage.lines(player.zone));
        let bare = log_without_hypervisor(stage, player, &player.options())?;
        if let Some((index, pair)) = first_difference(&bare, &zone) {
            let seed = bare.get(index).and_then(|line| field(line, "seed="));
            return Err(explain(stage, player, seed.ok_or(Miss(pair))?)?);
        }
        let acknowledged: u64 = zone.iter().filter_map(|line| field(line, "acknowledged=")).sum();
        let scripts = zone.len() as u64;
        if scripts != player.seeds || acknowledged < FEWEST_ACKNOWLEDGED {
            return Err(Miss(format!("{}: {scripts} scripts, {acknowledged} acknowledged", player.zone)));
        }
    }
    Ok(())
}

/// Plays one script again on both, and names the first access that differs.
fn explain(stage: &Stage, player: &Player, seed: u64) -> Result<Miss, Miss> {
    let options = format!("seed={seed} dump=yes");
    let mut again = stage.another(&Partition::of([player.as_zone(&options)]))?;
    again.expect_clean_end(BOOT + RUN)?;
    let zone = script_log::of(SCRIPT, again.lines(player.zone));
    let bare = log_without_hypervisor(stage, player, &options)?;
    Ok(Miss(match first_difference(&bare, &zone) {
        None => format!("seed {seed}: differed, but not when it was played alone"),
        Some((index, pair)) => {
            let before = zone[index.saturating_sub(LINES_BEFORE)..index].join("\n    ");
            format!("{}, seed {seed}: differs (`{options}` dumps it)\n    {before}\n{pair}", player.zone)
        }
    }))
}

fn log_without_hypervisor(stage: &Stage, player: &Player, options: &str) -> Result<Vec<String>, Miss> {
    let machine = player.machine(stage.board());
    let console = stage.without_hypervisor_on(machine, SCRIPT, player.cpus.len(), options, BOOT + RUN)?;
    Ok(script_log::of(SCRIPT, console.lines()))
}
