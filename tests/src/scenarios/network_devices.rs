//! Network devices of the board that zones own, one each, with a wire between them.

use std::time::Duration;

use super::{BOOT, SOON};
use crate::board::EACH_INTERRUPT_CONTROLLER;
use crate::partition::{Partition, Zone};
use crate::{Miss, Scenario, Stage};

/// The transports with the lowest addresses, which on arm64 are of one page, have a network device each. What is sent
/// by one arrives at the other.
const TWO_NETWORK_DEVICES: &[&str] = &[
    "-global",
    "virtio-mmio.force-legacy=false",
    "-netdev",
    "hubport,id=first,hubid=0",
    "-device",
    "virtio-net-device,bus=virtio-mmio-bus.0,netdev=first",
    "-netdev",
    "hubport,id=second,hubid=0",
    "-device",
    "virtio-net-device,bus=virtio-mmio-bus.1,netdev=second",
];

/// What a transport is compatible with.
const TRANSPORT: &str = "virtio,mmio";

/// What iperf3 carries each way, as it is told and in bytes.
const CARRIED: (&str, u64) = ("4M", 4 << 20);
/// How long that may take each way: some 2 s on a machine with nothing else to do.
const CARRYING: Duration = Duration::from_secs(120);

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "network_devices_of_two_linux_zones_carry_ping_and_iperf3_both_ways",
            two_on_a_wire,
            both_ways_carry,
        )
        .with_qemu(TWO_NETWORK_DEVICES)
        .on(EACH_INTERRUPT_CONTROLLER),
    ]
}

/// Each zone waits for the other to answer; then one serves iperf3 twice, once for each way.
fn two_on_a_wire() -> Partition {
    let (own, other) = ("10.0.0.1", "10.0.0.2");
    let size = CARRIED.0;
    let up = |own, other| {
        format!(
            "drivers; ip addr add {own}/24 dev eth0; ip link set eth0 up; until ping -c 1 {other}; do sleep 1; done; "
        )
    };
    let counted =
        "cd /sys/class/net/eth0/statistics; say bytes sent=$(cat tx_bytes) received=$(cat rx_bytes)";
    let server = format!("{}iperf3 -s -1; iperf3 -s -1; {counted}", up(own, other));
    // Until the server has come back for the next.
    let carry = |way: &str, option: &str| {
        format!("until iperf3 -c {own} -n {size} {option}; do sleep 1; done; say carried {way}; ")
    };
    let client = format!("{}{}{}{counted}", up(other, own), carry("there", ""), carry("back", "-R"));
    let zone = |name, cpu, commands: &str| {
        Zone::linux(name, [cpu], commands).with_initrd("guest:iperf3").trusted_with_kind(TRANSPORT)
    };
    Partition::of([zone("server", 0, &server), zone("client", 1, &client)]).on_cpus(2)
}

fn both_ways_carry(stage: &mut Stage) -> Result<(), Miss> {
    stage.expect("server", "64 bytes from 10.0.0.2", BOOT)?;
    stage.expect("client", "64 bytes from 10.0.0.1", BOOT)?;
    stage.expect("client", "bulkhead-init: carried there", CARRYING)?;
    stage.expect("client", "bulkhead-init: carried back", CARRYING)?;
    for zone in ["server", "client"] {
        let line = stage.expect(zone, "bulkhead-init: bytes sent=", SOON)?;
        let bytes = |name: &str| {
            line.split_whitespace().find_map(|word| word.strip_prefix(name)?.parse::<u64>().ok())
        };
        // Headers and acknowledgements come on top.
        let is_enough = |name| bytes(name).is_some_and(|bytes| bytes >= CARRIED.1);
        if !is_enough("sent=") || !is_enough("received=") {
            return Err(Miss(format!("{zone} should have sent and received {} bytes: `{line}`", CARRIED.1)));
        }
    }
    stage.expect_clean_end(SOON)
}
