//! Unmodified Linux guests boot: every kernel, CPUs with and without what a hypervisor may use, every interrupt
//! controller, one to four vCPUs.

use super::{BOOT, SOON};
use crate::board::{ARM64, EACH_INTERRUPT_CONTROLLER, RISCV64, arm64_cpu, riscv64_cpu};
use crate::partition::kernel::{LINUX_6_1, LINUX_6_12};
use crate::partition::{Partition, Zone};
use crate::{Fault, Miss, Scenario, Stage};

/// What a guest does that has nothing more to prove than that it boots.
const POWER_OFF: &str = "poweroff -f";

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "linux_6_12_boots_and_powers_off",
            || Partition::of([Zone::linux("a", [0, 1], POWER_OFF).with_kernel(LINUX_6_12)]),
            |stage| boots_and_powers_off(stage, "ready 6.12.", 2),
        )
        .on(EACH_INTERRUPT_CONTROLLER),
        Scenario::new(
            "linux_6_1_boots_and_powers_off",
            || Partition::of([Zone::linux("a", [0, 1], POWER_OFF).with_kernel(LINUX_6_1)]),
            |stage| boots_and_powers_off(stage, "ready 6.1.", 2),
        )
        .on(&[ARM64]),
        Scenario::new(
            "linux_boots_on_cortex_a53",
            || Partition::of([Zone::linux("a", [0, 1], POWER_OFF)]).on_cpu(arm64_cpu::CORTEX_A53),
            |stage| boots_and_powers_off(stage, "ready", 2),
        )
        .on(&[ARM64]),
        Scenario::new(
            "linux_boots_on_cortex_a72",
            || Partition::of([Zone::linux("a", [0, 1], POWER_OFF)]).on_cpu(arm64_cpu::CORTEX_A72),
            |stage| boots_and_powers_off(stage, "ready", 2),
        )
        .on(&[ARM64]),
        Scenario::new(
            "linux_boots_on_a_cpu_with_every_extension",
            || Partition::of([Zone::linux("a", [0, 1], POWER_OFF)]).on_cpu(riscv64_cpu::MAX),
            |stage| boots_and_powers_off(stage, "ready", 2),
        )
        .on(&[RISCV64]),
        Scenario::new(
            "linux_boots_on_a_cpu_with_three_levels_of_page_tables",
            || Partition::of([Zone::linux("a", [0, 1], POWER_OFF)]).on_cpu(riscv64_cpu::SV39),
            |stage| boots_and_powers_off(stage, "ready", 2),
        )
        .on(&[RISCV64]),
        Scenario::new(
            "linux_boots_on_one_vcpu",
            || Partition::of([Zone::linux("a", [0], POWER_OFF)]),
            |stage| boots_and_powers_off(stage, "ready", 1),
        ),
        Scenario::new(
            "linux_boots_on_four_vcpus",
            || Partition::of([Zone::linux("a", [0, 1, 2, 3], POWER_OFF)]),
            |stage| boots_and_powers_off(stage, "ready", 4),
        ),
        Scenario::new(
            "linux_boots_on_cpus_that_do_not_begin_at_zero",
            || Partition::of([Zone::linux("a", [3, 1], POWER_OFF)]),
            |stage| boots_and_powers_off(stage, "ready", 2),
        ),
        Scenario::new(
            "the_image_runs_wherever_it_is_loaded",
            || Partition::of([Zone::linux("a", [0, 1], POWER_OFF)]),
            |stage| {
                let place = format!(" at {:#x} ", stage.board().elsewhere);
                stage.expect_hypervisor(&place, SOON)?;
                boots_and_powers_off(stage, "ready", 2)
            },
        )
        .with_fault(Fault::MovedImage),
        Scenario::of_example(
            "the_example_of_two_linux_zones_runs_as_it_is",
            "two-linux",
            both_zones_of_the_example_obey,
        ),
    ]
}

/// The first process runs with all vCPUs, and the machine ends by itself.
fn boots_and_powers_off(stage: &mut Stage, ready: &str, vcpus: usize) -> Result<(), Miss> {
    let line = stage.expect("a", &format!("bulkhead-init: {ready}"), BOOT)?;
    let expected = format!(" cpus={vcpus}");
    if !line.ends_with(&expected) {
        return Err(Miss(format!("expected{expected} in `{line}`")));
    }
    stage.expect_clean_end(SOON)
}

/// Both shells answer and power their zones off, as a user would.
fn both_zones_of_the_example_obey(stage: &mut Stage) -> Result<(), Miss> {
    for zone in ["linux-a", "linux-b"] {
        stage.expect(zone, "bulkhead-init: ready", BOOT)?;
    }
    for zone in ["linux-a", "linux-b"] {
        // The sum, because the terminal echoes the command itself.
        stage.send(zone, "echo sum $((40 + 2))\n")?;
        stage.expect(zone, "sum 42", SOON)?;
        stage.send(zone, "exit\n")?;
        stage.expect_hypervisor(&format!("zone {zone}: powered off"), SOON)?;
    }
    stage.expect_clean_end(SOON)
}
