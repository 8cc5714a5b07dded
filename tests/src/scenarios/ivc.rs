//! Channels between zones. The peers are the guest `ivc-peer`, and what they print is the evidence.

use std::time::Duration;

use super::{BOOT, SOON};
use crate::board::{ARM64, ARM64_GICV2, EACH_INTERRUPT_CONTROLLER, RISCV64, RISCV64_PLIC};
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

const PEER: &str = "guest:ivc-peer";

/// Messages each way between two peers.
const MESSAGES: u32 = 1_000_000;
/// How long they may take: some 15 s on a machine with nothing else to do.
const MESSAGES_TAKE: Duration = Duration::from_secs(300);

/// The third zone's clock, and the second in which the storm begins and how long it lasts.
const TICKER: &str = "seconds=600";
const STORM: &str = "do=storm from=4 seconds=10";
const STORM_BEGINS: usize = 4;
const STORM_ENDS: usize = 14;

/// One instruction takes 32 ns of guest time, so that 10 s of a CPU that never sleeps are not too many of them. QEMU lets
/// its CPUs execute by turns: a timer of a packet buffer that is due every 8 us, 250 instructions, keeps the turns as
/// short; see `freertos.rs`.
const GUEST_TIME: &[&str] = &[
    "-icount",
    "shift=5,sleep=off",
    "-netdev",
    "hubport,id=network,hubid=0",
    "-object",
    "filter-buffer,id=buffer,netdev=network,interval=8",
];
/// What a timer may be late for a turn of each of the two other CPUs, in nanoseconds.
const TURNS: u64 = 16_000;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new("every_register_of_a_channel_does_as_documented", registers, |stage| {
            right(stage, "a")?;
            stage.expect_clean_end(SOON)
        })
        .on(EACH_INTERRUPT_CONTROLLER),
        Scenario::new(
            "every_register_of_a_channel_does_as_documented_with_direct_delivery",
            || registers_of(Zone::directly),
            |stage| {
                right(stage, "a")?;
                stage.expect_clean_end(SOON)
            },
        )
        .on(&[ARM64]),
        Scenario::new("a_driver_of_the_known_interface_finds_all_that_it_uses", known, |stage| {
            right(stage, "a")?;
            right(stage, "b")?;
            stage.expect("a", "ivc: peer=0 turns=1000", SOON)?;
            stage.expect("b", "ivc: peer=1 turns=1000", SOON)?;
            stage.expect_clean_end(SOON)
        })
        .on(EACH_INTERRUPT_CONTROLLER),
        Scenario::new("a_peer_writes_its_own_sections_alone_and_executes_none", sections, |stage| {
            right(stage, "b")?;
            stage.expect("b", "ivc: done", SOON)?;
            stage.expect_clean_end(SOON)
        })
        .on(EACH_INTERRUPT_CONTROLLER),
        Scenario::new("a_million_messages_each_way_arrive_whole_and_in_order", messages, |stage| {
            let all = format!("sent={MESSAGES} received={MESSAGES} wrong=0 ended=0 generation=1");
            stage.expect("a", &format!("ivc: peer=1 {all}"), MESSAGES_TAKE)?;
            stage.expect("b", &format!("ivc: peer=0 {all}"), SOON)?;
            stage.expect_clean_end(SOON)
        })
        .on(EACH_INTERRUPT_CONTROLLER),
        Scenario::new("four_peers_of_one_channel_talk_to_each_other", four, four_talk)
            .on(EACH_INTERRUPT_CONTROLLER),
        Scenario::new("a_peer_that_reboots_among_messages_is_noticed_and_talked_to_again", reboot, |stage| {
            stage.expect_hypervisor("zone b: rebooting", BOOT)?;
            stage.expect("a", "ivc: peer 1 has started anew", SOON)?;
            stage.expect("a", "sent=100000 received=100000 wrong=0 ended=1 generation=2", MESSAGES_TAKE)?;
            stage.expect("b", "sent=100000 received=100000 wrong=0 ended=0 generation=1", SOON)?;
            stage.expect_clean_end(SOON)
        })
        .on(EACH_INTERRUPT_CONTROLLER),
        Scenario::new(
            "a_storm_of_doorbells_leaves_the_timer_of_a_third_zone_alone",
            storm,
            storm_is_not_felt,
        )
        .on(&[ARM64, ARM64_GICV2, RISCV64, RISCV64_PLIC])
        .with_qemu(GUEST_TIME),
    ]
}

fn peer(name: &'static str, cpu: usize, options: &str) -> Zone {
    Zone::bare_metal(name, [cpu], options).with_kernel(PEER)
}

fn registers() -> Partition {
    registers_of(|zone| zone)
}

/// With the interrupts of who rings and of who is rung delivered as `deliver` says.
fn registers_of(deliver: fn(Zone) -> Zone) -> Partition {
    Partition::of([
        deliver(peer("a", 0, "do=registers rw=8192 out=65536")),
        deliver(peer("b", 1, "do=echo")),
        peer("c", 2, "do=nothing"),
    ])
    .with_channel(["a", "b", "c"], "8K", "64K")
}

fn known() -> Partition {
    Partition::of([peer("a", 0, "do=known"), peer("b", 1, "do=known")]).with_channel(["a", "b"], "4K", "4K")
}

/// One that is in the middle, so that what it may write has neighbours on both sides.
fn sections() -> Partition {
    Partition::of([peer("a", 0, "do=nothing"), peer("b", 1, "do=sections"), peer("c", 2, "do=nothing")])
        .with_channel(["a", "b", "c"], "8K", "8K")
}

fn messages() -> Partition {
    let options = format!("do=messages count={MESSAGES} bytes=64");
    Partition::of([peer("a", 0, &options), peer("b", 1, &options)]).with_channel(["a", "b"], "0", "64K")
}

fn four() -> Partition {
    let options = "do=messages count=20000 bytes=128";
    let zones = ["a", "b", "c", "d"];
    Partition::of(zones.into_iter().enumerate().map(|(cpu, name)| peer(name, cpu, options)))
        .with_channel(zones, "4K", "64K")
}

fn reboot() -> Partition {
    Partition::of([
        peer("a", 0, "do=messages count=100000 ends=1"),
        peer("b", 1, "do=messages count=100000 restart=5000"),
    ])
    .with_channel(["a", "b"], "0", "16K")
}

fn storm() -> Partition {
    Partition::of([
        peer("hostile", 0, STORM),
        peer("victim", 1, "do=echo"),
        Zone::bare_metal("ticker", [2], TICKER),
    ])
    .on_cpus(3)
    .with_channel(["hostile", "victim"], "0", "4K")
}

/// All that the peer has checked was right.
fn right(stage: &mut Stage, zone: &str) -> Result<(), Miss> {
    let line = stage.expect(zone, "ivc: checks=", BOOT)?;
    if line.ends_with(" wrong=0") { Ok(()) } else { Err(Miss(format!("zone {zone}: `{line}`"))) }
}

fn four_talk(stage: &mut Stage) -> Result<(), Miss> {
    for (own, zone) in ["a", "b", "c", "d"].into_iter().enumerate() {
        for other in (0..4).filter(|other| *other != own) {
            let line = format!("ivc: peer={other} sent=20000 received=20000 wrong=0 ended=0 generation=1");
            stage.expect(zone, &line, MESSAGES_TAKE)?;
        }
    }
    stage.expect_clean_end(SOON)
}

fn storm_is_not_felt(stage: &mut Stage) -> Result<(), Miss> {
    let mut late = Vec::new();
    for second in 1..=STORM_ENDS {
        let line = stage.expect("ticker", &format!("ticker: seconds={second} "), BOOT)?;
        let value =
            line.split_whitespace().find_map(|word| word.strip_prefix("late_ns=")?.parse::<u64>().ok());
        late.push(value.ok_or_else(|| Miss(format!("no late_ns in `{line}`")))?);
    }
    let doorbells = stage.expect("hostile", "ivc: doorbells=", SOON)?;
    // The first second is that of the start, the one before the storm may see it begin.
    let worst = |seconds: &[u64]| seconds.iter().copied().max().unwrap_or(0);
    let (idle, stormy) = (worst(&late[1..STORM_BEGINS - 1]), worst(&late[STORM_BEGINS..]));
    if idle == 0 || stormy > 2 * idle + TURNS {
        return Err(Miss(format!(
            "timers were late by {idle} ns before and {stormy} ns in the storm ({doorbells})"
        )));
    }
    Ok(())
}
