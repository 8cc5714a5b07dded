//! The board's clock and its power button, which are for one zone alone.

use super::{BOOT, SOON};
use crate::board::{ARM64, ARM64_GICV2, RISCV64, RISCV64_PLIC};
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

/// The time at which the board's clock begins.
const TIME: &[&str] = &["-rtc", "base=2001-02-03T04:05:06"];
/// The same as a guest says it, and the latest that it may be by then.
const BEGIN: &str = "2001-02-03 04:05:06";
const END: &str = "2001-02-03 04:59:59";

const READ_CLOCK: &str = "cd /sys/class/rtc/rtc0; say clock $(cat date) $(cat time)";
const BUTTON: &str = "drivers; button";

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "the_clock_and_the_power_button_of_an_arm64_board_are_their_owners_alone",
            || {
                let commands = format!("{READ_CLOCK}; {BUTTON}");
                beside_another(&commands, &["pl031@9010000", "pl061@9030000", "gpio-keys"])
            },
            |stage| {
                the_owner_reads_the_clock(stage)?;
                the_owner_sees_the_button(stage)?;
                the_other_has_neither(stage)
            },
        )
        .with_qemu(TIME)
        .on(&[ARM64, ARM64_GICV2]),
        Scenario::new(
            "the_clock_of_a_riscv64_board_is_its_owners_alone",
            || beside_another(READ_CLOCK, &["rtc@101000"]),
            |stage| {
                the_owner_reads_the_clock(stage)?;
                the_other_has_neither(stage)
            },
        )
        .with_qemu(TIME)
        .on(&[RISCV64, RISCV64_PLIC]),
    ]
}

/// The owner of these devices, and a zone that says at the end what it has of their kinds.
fn beside_another(commands: &str, devices: &[&str]) -> Partition {
    let zone = |name, cpu, commands| Zone::linux(name, [cpu], commands).with_initrd("guest:devices");
    let other = "drivers; say waiting; read -r line; say has clocks=$(ls /sys/class/rtc) keys=$(ls /dev/input | grep event).";
    let owner = devices.iter().fold(zone("owner", 0, commands), |owner, device| owner.owning(device));
    Partition::of([owner, zone("other", 1, other)]).on_cpus(2)
}

fn the_owner_reads_the_clock(stage: &mut Stage) -> Result<(), Miss> {
    let line = stage.expect("owner", "bulkhead-init: clock ", BOOT)?;
    let time = line.rsplit("clock ").next().unwrap_or_default().trim();
    match (BEGIN..=END).contains(&time) {
        true => Ok(()),
        false => Err(Miss(format!("expected a time from {BEGIN} on: `{time}`"))),
    }
}

fn the_owner_sees_the_button(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("owner", "bulkhead-init: listening to gpio-keys", SOON)?;
    stage.command("system_powerdown")?;
    // An event of type 1, a key: number 116, which is that for power; 1, down (Linux, input-event-codes.h).
    stage.expect("owner", "bulkhead-init: event 1 116 1", SOON)?;
    Ok(())
}

fn the_other_has_neither(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("other", "bulkhead-init: waiting", BOOT)?;
    stage.send("other", "\n")?;
    stage.expect("other", "bulkhead-init: has clocks= keys=.", SOON)?;
    stage.expect_clean_end(SOON)
}
