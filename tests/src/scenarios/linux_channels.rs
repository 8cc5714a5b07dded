//! Channels between Linux zones, by the driver and the command that Linux guests have for them.

use std::time::Duration;

use super::{BOOT, SOON};
use crate::board::{ARM64, EACH_INTERRUPT_CONTROLLER};
use crate::partition::{Partition, Zone, kernel};
use crate::{Miss, Scenario, Stage};

const INITRAMFS: &str = "guest:ivc";

/// Messages each way that two peers check.
const MESSAGES: u32 = 1_000_000;
/// How long they may take: some 15 to 25 s on a machine with nothing else to do.
const MESSAGES_TAKE: Duration = Duration::from_secs(300);

/// The same where one peer reboots when it has received one: some 5 s, far more than it takes to reboot.
const FEWER_MESSAGES: u32 = 300_000;

/// Makes the tunnel and an interface with an address at each end of it. One that has sent a packet to the other in vain,
/// because its end of the tunnel was not there yet, tries again.
const TUNNEL_A: &str = "bulkhead-ivc tunnel channel0 & \
    until ip addr add 10.0.0.1 peer 10.0.0.2 dev ivc0; do sleep 1; done; ip link set ivc0 up; ";
const TUNNEL_B: &str = "bulkhead-ivc tunnel channel0 & \
    until ip addr add 10.0.0.2 peer 10.0.0.1 dev ivc0; do sleep 1; done; ip link set ivc0 up; \
    until ping -c 1 10.0.0.1; do sleep 1; done; ";

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::of_example(
            "the_example_of_two_linux_zones_with_a_channel_runs_as_it_is",
            "ivc-two-linux",
            the_zones_of_the_example_chat,
        ),
        Scenario::of_example(
            "the_example_of_linux_with_a_channel_to_a_bare_metal_zone_runs_as_it_is",
            "ivc-linux-baremetal",
            the_bare_metal_zone_answers,
        )
        .on(&[ARM64]),
        Scenario::of_example(
            "the_example_of_four_zones_in_a_channel_runs_as_it_is",
            "ivc-four",
            each_bare_metal_zone_answers,
        )
        .on(&[ARM64]),
        Scenario::new("the_linux_driver_maps_what_it_should_and_nothing_else", rights, each_is_right),
        Scenario::new(
            "the_linux_driver_of_6_1_maps_what_it_should_and_nothing_else",
            rights_on_6_1,
            each_is_right,
        )
        .on(&[ARM64]),
        Scenario::new(
            "the_linux_driver_goes_and_comes_back_while_a_program_waits_for_it",
            unbind,
            the_driver_goes_and_comes_back,
        ),
        Scenario::new("lines_that_one_linux_sends_are_those_that_the_other_prints", lines, lines_arrive)
            .on(EACH_INTERRUPT_CONTROLLER),
        Scenario::new(
            "a_million_messages_each_way_between_linux_zones_arrive_whole_and_in_order",
            messages,
            messages_arrive,
        ),
        Scenario::new(
            "a_linux_that_reboots_among_messages_is_noticed_and_talked_to_again",
            reboot,
            the_reboot_is_noticed,
        ),
        Scenario::new("a_tunnel_carries_ping_and_iperf3_between_linux_zones", tunnel, the_tunnel_carries),
    ]
}

fn the_zones_of_the_example_chat(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("linux-a", "bulkhead-init: ready", BOOT)?;
    stage.expect("linux-b", "bulkhead-init: ready", BOOT)?;
    stage.send("linux-a", "bulkhead-ivc recv chat --count 1; exit\n")?;
    // The sum, because the terminal echoes the command itself.
    stage.send("linux-b", "bulkhead-ivc send chat \"hello $((40 + 2))\"; exit\n")?;
    stage.expect("linux-a", "hello 42", SOON)?;
    stage.expect_clean_end(SOON)
}

fn the_bare_metal_zone_answers(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("bare-metal", "ivc: answering peer 0", BOOT)?;
    stage.expect("linux", "bulkhead-init: ready", BOOT)?;
    stage.send("linux", "bulkhead-ivc bench link --count 1000\n")?;
    stage.expect("linux", "bench: round_trip count=1000", SOON)?;
    stage.expect("linux", "bench: throughput messages=1000 bytes=64000", SOON)?;
    Ok(())
}

fn each_bare_metal_zone_answers(stage: &mut Stage) -> Result<(), Miss> {
    let zones = ["left", "middle", "right"];
    for zone in zones {
        stage.expect(zone, "ivc: answering peer 0", BOOT)?;
    }
    stage.expect("linux", "bulkhead-init: ready", BOOT)?;
    for peer in 1..=zones.len() {
        stage.send("linux", &format!("bulkhead-ivc bench all --peer {peer} --count 1000\n"))?;
        stage.expect("linux", "bench: throughput messages=1000 bytes=64000", SOON)?;
    }
    Ok(())
}

fn each_is_right(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("a", "bulkhead-init: all rights hold", BOOT)?;
    stage.expect("b", "bulkhead-init: all rights hold", BOOT)?;
    stage.expect_clean_end(SOON)
}

fn the_driver_goes_and_comes_back(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("a", "bulkhead-init: rmmod while open: refused", BOOT)?;
    stage.expect("a", "cat: read error: No such device", SOON)?;
    stage.expect("a", "bulkhead-init: unbound: no device", SOON)?;
    stage.expect("a", "bulkhead-init: loaded again: /dev/ivc-channel0", SOON)?;
    stage.expect_clean_end(SOON)
}

fn lines_arrive(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("a", "bulkhead-init: ready", BOOT)?;
    stage.expect("a", "the first line", BOOT)?;
    stage.expect("a", "the second line", SOON)?;
    stage.expect_clean_end(SOON)
}

fn messages_arrive(stage: &mut Stage) -> Result<(), Miss> {
    let (sent_a, received_a) = check_sums(stage, "a", MESSAGES, MESSAGES_TAKE)?;
    let (sent_b, received_b) = check_sums(stage, "b", MESSAGES, SOON)?;
    if sent_a != received_b || sent_b != received_a {
        return Err(Miss("what one has received is not what the other has sent".into()));
    }
    stage.expect_clean_end(SOON)
}

fn the_reboot_is_noticed(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("a", "check: connected to peer 1 generation=1", BOOT)?;
    stage.expect_hypervisor("zone b: rebooting", SOON)?;
    stage.expect("a", "check: peer began anew", BOOT)?;
    stage.expect("a", "check: connected to peer 1 generation=2", SOON)?;
    check_sums(stage, "a", FEWER_MESSAGES, MESSAGES_TAKE)?;
    check_sums(stage, "b", FEWER_MESSAGES, SOON)?;
    stage.expect_clean_end(SOON)
}

fn the_tunnel_carries(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("b", "64 bytes from 10.0.0.1", BOOT)?;
    stage.expect("b", "2.00 MBytes", SOON)?;
    stage.expect("b", "iperf Done.", SOON)?;
    stage.expect_clean_end(SOON)
}

/// Two Linux zones with a channel.
fn two(a: &str, b: &str, initramfs: &'static str) -> Partition {
    let zones = [("a", 0, a), ("b", 1, b)];
    Partition::of(
        zones.map(|(name, cpu, commands)| Zone::linux(name, [cpu], commands).with_initrd(initramfs)),
    )
    .on_cpus(zones.len())
    .with_channel(["a", "b"], "64K", "1M")
}

const RIGHTS: &str = "bulkhead-ivc rights channel0 && say all rights hold";

fn rights() -> Partition {
    two(RIGHTS, RIGHTS, INITRAMFS)
}

fn rights_on_6_1() -> Partition {
    let zone =
        |name, cpu| Zone::linux(name, [cpu], RIGHTS).with_initrd(INITRAMFS).with_kernel(kernel::LINUX_6_1);
    Partition::of([zone("a", 0), zone("b", 1)]).on_cpus(2).with_channel(["a", "b"], "64K", "1M")
}

fn unbind() -> Partition {
    let commands = "exec 3<>/dev/ivc-channel0; rmmod bulkhead_ivc || say rmmod while open: refused; \
        cd /sys/bus/platform/drivers/bulkhead_ivc; cat <&3 & \
        until grep -q ivc_read /proc/$!/stack; do sleep 1; done; echo *.ivc >unbind; wait; \
        [ -e /dev/ivc-channel0 ] || say unbound: no device; \
        exec 3>&-; cd /; rmmod bulkhead_ivc && insmod /lib/modules/$(uname -r)/bulkhead_ivc.ko; \
        say loaded again: /dev/ivc-*";
    two(commands, "poweroff -f", INITRAMFS)
}

fn lines() -> Partition {
    let send = "(echo the first line; echo the second line) | bulkhead-ivc send channel0";
    two("bulkhead-ivc recv channel0 --count 2", send, INITRAMFS)
}

fn messages() -> Partition {
    let check = format!("bulkhead-ivc bench channel0 --check --count {MESSAGES}");
    two(&check, &check, INITRAMFS)
}

/// The second zone reboots at its command's first line, which tells that it is connected.
fn reboot() -> Partition {
    let check = format!("bulkhead-ivc bench channel0 --check --count {FEWER_MESSAGES}");
    let rebooting = format!(
        "if bulkhead-ivc list | grep -q generation=2; then {check}; else {check} | (read -r line; reboot -f); fi"
    );
    two(&check, &rebooting, INITRAMFS)
}

fn tunnel() -> Partition {
    let server = format!("{TUNNEL_A}iperf3 -s -1");
    let client = format!("{TUNNEL_B}until iperf3 -c 10.0.0.1 -n 2M; do sleep 1; done");
    two(&server, &client, "guest:iperf3")
}

/// The sums of what a zone has sent and received.
fn check_sums(
    stage: &mut Stage,
    zone: &str,
    messages: u32,
    within: Duration,
) -> Result<(String, String), Miss> {
    let line = stage.expect(zone, &format!("check: messages={messages} "), within)?;
    let sum = |name: &str| {
        let value = line.split_whitespace().find_map(|word| word.strip_prefix(name));
        value.map(str::to_owned).ok_or_else(|| Miss(format!("no {name} in `{line}`")))
    };
    Ok((sum("sent_sum=")?, sum("received_sum=")?))
}
