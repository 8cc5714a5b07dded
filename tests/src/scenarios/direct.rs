//! Zones whose interrupts are delivered without the hypervisor.

use super::{BOOT, SOON, console, isolation, life_cycle};
use crate::board::ARM64;
use crate::exits::Exits;
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

/// A neighbour on the CPU that boots, to which the console's interrupts go.
const NEIGHBOUR: &str = "ticker";

/// Exits of one vCPU for the hypervisor's own interrupts while a line is typed to its zone and a few lines go to the
/// console. Timer interrupts of the same time number a thousand.
const OWN_INTERRUPTS: u64 = 50;
/// Timer interrupts that one vCPU has at least taken then.
const TIMER_INTERRUPTS: u64 = 300;

/// Linux counts its timer interrupts before and after each CPU was busy for some seconds.
const BUSY: &str =
    "mark a; grep arch_timer /proc/interrupts; busy 4; grep arch_timer /proc/interrupts; mark b";

pub(super) fn scenarios() -> Vec<Scenario> {
    let all = vec![
        Scenario::new(
            "timer_interrupts_of_linux_take_no_exit_with_direct_delivery",
            || {
                Partition::of([
                    Zone::linux("linux", [2, 3], BUSY).directly(),
                    Zone::bare_metal(NEIGHBOUR, [0], "seconds=600"),
                ])
            },
            no_exit_for_timers,
        ),
        Scenario::new(
            "cpus_go_offline_and_come_back_with_direct_delivery",
            || Partition::of([Zone::linux("a", [0, 1, 2, 3], "hotplug").directly()]),
            life_cycle::cpus_go_and_come,
        ),
        Scenario::new(
            "a_zone_reboots_ten_times_while_its_neighbour_ticks_with_direct_delivery",
            || {
                Partition::of([
                    Zone::linux("rebooting", [0, 1], "reboot -f").directly(),
                    Zone::bare_metal("ticker", [2], life_cycle::TICKER).directly(),
                ])
            },
            life_cycle::the_neighbour_ticks_without_a_gap,
        )
        .with_qemu(life_cycle::GUEST_TIME),
        Scenario::new(
            "console_input_reaches_a_direct_and_a_virtual_zone",
            || {
                Partition::of([
                    Zone::linux("a", [0, 1], "repeat_input").directly(),
                    Zone::linux("b", [2, 3], "repeat_input"),
                ])
            },
            console::input_reaches_the_chosen_zone,
        ),
        Scenario::new(
            "console_input_reaches_zones_that_have_all_cpus_with_direct_delivery",
            || {
                Partition::of([
                    Zone::linux("a", [0, 1], "repeat_input").directly(),
                    Zone::linux("b", [2, 3], "repeat_input").directly(),
                ])
            },
            console::input_reaches_the_chosen_zone,
        ),
        Scenario::new(
            "the_cpu_interface_keeps_its_promises_whatever_the_delivery",
            || {
                Partition::of([
                    Zone::bare_metal("interrupts", [0], ""),
                    Zone::bare_metal("direct", [1], "").with_kernel("guest:interrupts").directly(),
                ])
            },
            every_promise_is_kept,
        ),
        Scenario::new(
            "a_hostile_zone_escapes_nothing_with_direct_delivery",
            || {
                Partition::of([
                    Zone::bare_metal("hostile", [0, 1], "seed=1").directly(),
                    Zone::linux("victim", [2, 3], "heartbeat 10").directly(),
                ])
            },
            isolation::the_victim_lives_on,
        ),
    ];
    all.into_iter().map(|scenario| scenario.on(&[ARM64])).collect()
}

fn no_exit_for_timers(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("linux", "bulkhead-init: mark a", BOOT)?;
    let before = stage.exits("linux", 2, SOON)?;
    stage.send("linux", "go\n")?;
    stage.expect("linux", "bulkhead-init: mark b", BOOT)?;
    let after = stage.exits("linux", 2, SOON)?;
    let counts: Vec<Vec<u64>> = stage.lines("linux").filter_map(timer_interrupts).collect();
    let [counts_before, counts_after] = counts.as_slice() else {
        return Err(Miss(format!("expected two counts of timer interrupts, not {counts:?}")));
    };
    for (vcpu, (before, after)) in before.into_iter().zip(after).enumerate() {
        let Exits { interrupts, .. } = after.since(before);
        let taken =
            counts_after.get(vcpu).zip(counts_before.get(vcpu)).map_or(0, |(after, before)| after - before);
        if taken < TIMER_INTERRUPTS || interrupts > OWN_INTERRUPTS {
            return Err(Miss(format!(
                "vCPU {vcpu}: {interrupts} exits while {taken} timer interrupts arrived"
            )));
        }
    }
    stage.send("linux", "end\n")?;
    stage.expect_hypervisor("zone linux: powered off", SOON)?;
    Ok(())
}

/// What the guest tries on arm64.
const PROMISES: usize = 13;

fn every_promise_is_kept(stage: &mut Stage) -> Result<(), Miss> {
    for zone in ["interrupts", "direct"] {
        stage.expect(zone, "interrupts: done", BOOT)?;
        let promises: Vec<&str> = stage.lines(zone).filter(|line| line.ends_with(" holds")).collect();
        if promises.len() != PROMISES {
            let lines: Vec<&str> = stage.lines(zone).collect();
            return Err(Miss(format!("zone {zone}: expected {PROMISES} promises kept: {lines:#?}")));
        }
    }
    stage.expect_clean_end(SOON)
}

/// The counts of each CPU in a line of /proc/interrupts, if it is the timer's.
fn timer_interrupts(line: &str) -> Option<Vec<u64>> {
    let (_, counts) = line.strip_suffix("arch_timer")?.split_once(':')?;
    Some(counts.split_whitespace().map_while(|count| count.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_each_cpu_are_read() {
        let line = " 10:       1201       1133     GICv3  27 Level     arch_timer";
        assert_eq!(timer_interrupts(line), Some(vec![1201, 1133]));
        assert_eq!(timer_interrupts(" 11:  0  0  GICv3  47 Level  uart-pl011"), None);
    }
}
