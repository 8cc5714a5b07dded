//! The end of the machine: when its last zone has stopped, once.

mod support;

use std::sync::Barrier;

use hypervisor::arch::{Effect, become_cpu, journal};
use hypervisor::machine::zone_stopped;
use hypervisor::zone::lifecycle;
use support::*;

/// One test, as a machine ends once: the last two zones stop at the same time.
#[test]
fn the_last_zone_to_stop_powers_the_machine_off_with_one_final_line() {
    let mut machine = machine();
    let (last_two, others) =
        machine.zones.split_last_chunk::<2>().map(|(others, last)| (last, others)).unwrap();
    for zone in others {
        start(zone);
        call(zone, 0, SYSTEM_OFF, [0; 3]);
        assert!(!powers_off(|| serve_all(zone)));
    }
    for zone in last_two {
        start(zone);
        // An unfinished line.
        store32(zone, 0, UART, u32::from(b'x'));
        become_cpu(zone.cpus()[0]);
        lifecycle::fail(vcpu_of(zone, 0), format_args!("it fell"));
    }
    assert!(!journal().take().contains(&Effect::PowerOff));
    machine.shown();
    let barrier = Barrier::new(last_two.len());
    let powered_off = std::thread::scope(|scope| {
        let ends = last_two.each_ref().map(|zone| {
            scope.spawn(|| {
                barrier.wait();
                powers_off(|| serve_all(zone))
            })
        });
        ends.map(|end| end.join().unwrap())
    });
    assert_ne!(powered_off[0], powered_off[1]);
    let effects = journal().take();
    assert_eq!(effects.iter().filter(|effect| **effect == Effect::PowerOff).count(), 1);
    // Whoever else finds that all have stopped has nothing to add.
    zone_stopped();
    let shown = machine.shown();
    let mut lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines.pop(), Some("[bulkhead] all zones have stopped: 14 powered off, 2 failed"));
    lines.sort();
    assert_eq!(lines, ["[zone14] x", "[zone15] x"]);
}
