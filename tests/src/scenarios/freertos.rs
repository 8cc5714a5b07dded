//! FreeRTOS beside Linux: an RTOS that masks interrupts by their priority keeps its period whatever its neighbour does.

use super::{BOOT, SOON};
use crate::board::ARM64;
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

/// The zone, which is named for its guest.
const ZONE: &str = "freertos";
const NEIGHBOUR: &str = "linux";
/// What it does until it reboots: 40 processes send each other 40,000 messages.
const WORK: &str = "hackbench -g 1 -l 100; reboot -f";

/// FreeRTOS' period in nanoseconds, and how many of them are in a second.
const PERIOD: u64 = 10_000_000;
const PERIODS_PER_SECOND: u64 = 100;

/// One instruction takes one nanosecond of guest time, whichever CPU executes it; each run is the same. QEMU lets its CPUs
/// execute by turns, each until the next timer of any device is due, divided by the number of CPUs. A timer that is due
/// every 2 us, that of a packet buffer in a network without cards, keeps the turns so short; else Linux' turns, of up to
/// half a millisecond, would be in what is measured.
const GUEST_TIME: &[&str] = &[
    "-icount",
    "shift=0,sleep=off",
    "-rtc",
    "base=2024-01-01,clock=vm",
    "-seed",
    "7",
    "-netdev",
    "hubport,id=network,hubid=0",
    "-object",
    "filter-buffer,id=buffer,netdev=network,interval=2",
];
const CPUS: usize = 2;
/// The longest turn of Linux' CPU, for which a tick may have to wait.
const TURN: u64 = 1000;

/// By how much, in instructions, a period of 10 ms may differ from 10 ms without a hypervisor (QEMU 10.0.2, `virt`, 5 s:
/// 288), for a tick waits until a critical section has ended.
const BARE: u64 = 300;
/// What the hypervisor adds: the exit that an interrupt takes (`cargo xtask bench irq`: 655).
const DELIVERY: u64 = 700;
/// With direct delivery no interrupt exits, but the two writes of ICC_PMR_EL1 around a critical section do, and make it
/// longer. Measured: 1071 in all.
const TWO_TRAPS: u64 = 1200;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "freertos_keeps_its_period_beside_a_linux_that_runs_hackbench_and_reboots",
            || partition(freertos()),
            |stage| keeps_its_period(stage, BARE + DELIVERY + TURN),
        )
        .on(&[ARM64])
        .with_qemu(GUEST_TIME),
        Scenario::new(
            "freertos_with_direct_delivery_keeps_its_period_beside_a_linux_that_runs_hackbench_and_reboots",
            || partition(freertos().directly()),
            |stage| keeps_its_period(stage, BARE + TWO_TRAPS + TURN),
        )
        .on(&[ARM64])
        .with_qemu(GUEST_TIME),
    ]
}

fn freertos() -> Zone {
    Zone::bare_metal(ZONE, [0], "seconds=600")
}

fn partition(freertos: Zone) -> Partition {
    let linux = Zone::linux(NEIGHBOUR, [1], WORK).with_initrd("guest:hackbench");
    Partition::of([freertos, linux]).on_cpus(CPUS)
}

/// Linux works, reboots and is up again, and no period until then has differed from 10 ms by more than `tolerance`
/// nanoseconds.
fn keeps_its_period(stage: &mut Stage, tolerance: u64) -> Result<(), Miss> {
    stage.expect(NEIGHBOUR, "bulkhead-init: ready", BOOT)?;
    // hackbench's last line.
    stage.expect(NEIGHBOUR, "Time: ", BOOT)?;
    stage.expect_hypervisor("zone linux: rebooting", BOOT)?;
    stage.expect(NEIGHBOUR, "bulkhead-init: ready", BOOT)?;
    // The next line covers all of that.
    let second = stage.lines(ZONE).filter(|line| line.starts_with("freertos: seconds=")).count() + 1;
    let line = stage.expect(ZONE, &format!("freertos: seconds={second} "), SOON)?;
    let number = |name: &str| -> Result<u64, Miss> {
        let value = line.split_whitespace().find_map(|word| word.strip_prefix(name)?.parse().ok());
        value.ok_or_else(|| Miss(format!("no {name} in `{line}`")))
    };
    let deviation = number("min_ns=")?.abs_diff(PERIOD).max(number("max_ns=")?.abs_diff(PERIOD));
    if deviation > tolerance {
        return Err(Miss(format!("a period is off by {deviation} ns, more than {tolerance}: `{line}`")));
    }
    if number("periods=")? != second as u64 * PERIODS_PER_SECOND {
        return Err(Miss(format!("expected {PERIODS_PER_SECOND} periods in each second: `{line}`")));
    }
    // Else nothing would have been seen of how ticks and critical sections meet.
    if number("ticks_held=")? == 0 {
        return Err(Miss(format!("no tick came while it was masked: `{line}`")));
    }
    Ok(())
}
