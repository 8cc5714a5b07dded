//! The hypervisor trusts nothing that the host tool wrote, and says why it refuses.

use bulkhead::console::Verdict;

use super::SOON;
use crate::board::EACH_INTERRUPT_CONTROLLER;
use crate::partition::{Partition, Zone};
use crate::{Fault, Miss, Scenario, Stage};

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new("a_damaged_manifest_is_refused", one_zone, |stage| refuses(stage, "bundle"))
            .with_fault(Fault::DamagedManifest),
        Scenario::new("a_machine_without_the_planned_cpus_is_refused", one_zone, |stage| {
            refuses(stage, "CPU")
        })
        .with_qemu(&["-smp", "2"]),
        Scenario::new("a_machine_without_the_planned_memory_is_refused", one_zone, |stage| {
            refuses(stage, "RAM")
        })
        .with_qemu(&["-m", "256M"]),
        Scenario::new("a_machine_without_the_planned_interrupt_controller_is_refused", one_zone, |stage| {
            let (_, culprit) = stage.board().other_interrupt_controller;
            refuses(stage, culprit)
        })
        .on(EACH_INTERRUPT_CONTROLLER)
        .with_fault(Fault::OtherInterruptController),
    ]
}

/// A partition that uses the board's last CPU.
fn one_zone() -> Partition {
    Partition::of([Zone::linux("a", [0, 3], "poweroff -f")])
}

/// The machine is refused for a reason that names the culprit.
fn refuses(stage: &mut Stage, culprit: &str) -> Result<(), Miss> {
    match stage.verdict(SOON)? {
        Verdict::Refused(reason) if reason.contains(culprit) => Ok(()),
        verdict => Err(Miss(format!("expected a refusal that names the {culprit}: {verdict}"))),
    }
}
