//! Interrupts between vCPUs and of devices that a zone owns: all arrive, and where the hardware can, without an exit.

use super::{BOOT, SOON};
use crate::board::{RISCV64, RISCV64_PLIC};
use crate::exits::Exits;
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

/// The zone, which is named for its guest, the number of its vCPUs, and its device.
const ZONE: &str = "interrupts";
const VCPUS: usize = 2;
const RTC: &str = "/soc/rtc@101000";

/// A zone on the hart that boots, which has to do with none of it.
const BYSTANDER: &str = "ticker";

/// Exits of one vCPU for the hypervisor's own interrupts by which two phases may differ, and to which one phase leads a
/// zone that has no part in it: in each, one key is typed and two commands, and a few lines go to the console. Each byte
/// typed interrupts the boot hart at most once, the key another hart once more; the console's alarm comes while bytes
/// wait. One exit for a thousand interrupts of the guest would be more.
const OWN_INTERRUPTS: u64 = 50;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "ten_thousand_ipis_and_device_interrupts_take_no_exit",
            || partition("ipis=10000 devices=10000"),
            no_exit,
        )
        .on(&[RISCV64]),
        Scenario::new(
            "every_ipi_and_device_interrupt_arrives_and_holds_up_no_other_zone",
            || {
                let bystander = Zone::bare_metal(BYSTANDER, [0], "seconds=600");
                Partition::of([
                    Zone::bare_metal(ZONE, [2, 3], "ipis=1000 devices=1000").owning(RTC),
                    bystander,
                ])
            },
            all_arrive,
        )
        .on(&[RISCV64_PLIC]),
        Scenario::new(
            "a_device_interrupts_its_zone_after_a_reboot_in_the_middle_of_an_interrupt",
            || partition("ipis=10 devices=10"),
            after_a_reboot,
        )
        .on(&[RISCV64, RISCV64_PLIC]),
    ]
}

fn partition(options: &str) -> Partition {
    Partition::of([Zone::bare_metal(ZONE, [0, 1], options).owning(RTC)])
}

/// The exits of a phase, from one wait for a key to the next.
fn phase(stage: &mut Stage, key: &str, counted: &str) -> Result<Vec<Exits>, Miss> {
    let before = stage.exits(ZONE, VCPUS, SOON)?;
    stage.send(ZONE, key)?;
    stage.expect(ZONE, &format!("interrupts: {counted}"), SOON)?;
    let after = stage.exits(ZONE, VCPUS, SOON)?;
    Ok(after.into_iter().zip(before).map(|(after, before)| after.since(before)).collect())
}

fn no_exit(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect(ZONE, "interrupts: ready", BOOT)?;
    let without = phase(stage, "0", "ipis=00000 devices=00000")?;
    // As many devices' interrupts for an edge-sensitive source as for a level-sensitive one.
    let with = phase(stage, "1", "ipis=10000 devices=20000")?;
    for (vcpu, (without, with)) in without.into_iter().zip(with).enumerate() {
        let of_guest = |exits: Exits| (exits.calls, exits.accesses, exits.traps);
        let difference = with.interrupts.abs_diff(without.interrupts);
        if of_guest(with) != of_guest(without) || difference > OWN_INTERRUPTS {
            return Err(Miss(format!(
                "vCPU {vcpu} left its guest for interrupts: without any {without:?}, with them {with:?}"
            )));
        }
    }
    stage.send(ZONE, "q")?;
    stage.expect_clean_end(SOON)
}

fn all_arrive(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect(BYSTANDER, "ticker: seconds=1 ", BOOT)?;
    stage.expect(ZONE, "interrupts: ready", BOOT)?;
    let before = stage.exits(BYSTANDER, 1, SOON)?;
    phase(stage, "1", "ipis=01000 devices=02000")?;
    let after = stage.exits(BYSTANDER, 1, SOON)?;
    let foreign: u64 = after.iter().zip(&before).map(|(after, before)| after.since(*before).interrupts).sum();
    if foreign > OWN_INTERRUPTS {
        return Err(Miss(format!("the other zone was left {foreign} times for interrupts of its neighbour")));
    }
    // The zone that ticks would go on for minutes: what it was for has been seen.
    stage.send(ZONE, "q")?;
    stage.expect_hypervisor("zone interrupts: powered off", SOON)?;
    Ok(())
}

fn after_a_reboot(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect(ZONE, "interrupts: ready", BOOT)?;
    stage.send(ZONE, "r")?;
    stage.expect_hypervisor("zone interrupts: rebooting", SOON)?;
    stage.expect(ZONE, "interrupts: ready", SOON)?;
    stage.send(ZONE, "1")?;
    stage.expect(ZONE, "interrupts: ipis=00010 devices=00020", SOON)?;
    stage.send(ZONE, "q")?;
    stage.expect_clean_end(SOON)
}
