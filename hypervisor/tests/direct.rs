//! A zone whose interrupts are delivered directly: what its guest and its life do to the physical GIC.

mod support;

use hypervisor::arch::{Effect, become_cpu, journal, set_two_security_states};
use hypervisor::zone::Zone;
use ids::Width;
use support::*;
use vgic::SgiRegister;

const PL011_DR: u64 = UART;
const PL011_IMSC: u64 = UART + 0x38;
const PL011_ICR: u64 = UART + 0x44;
/// The transmit interrupt in the last two.
const TRANSMIT: u32 = 1 << 5;

/// The zone, started, with nothing in the journal.
fn started(machine: &mut Machine) -> &'static Zone {
    let zone = &machine.zones[DIRECT];
    if !vcpu_of(zone, 0).is_running() {
        start(zone);
    }
    machine.shown();
    journal().take();
    zone
}

fn device(zone: &Zone) -> u32 {
    physical_of(zone)
}

#[test]
fn an_sgi_is_sent_by_the_physical_gic_to_the_zones_own_cpus() {
    let mut machine = machine();
    let zone = started(&mut machine);
    become_cpu(zone.cpus()[0]);
    zone.send_sgi(vcpu_of(zone, 0).id, SgiRegister::Sgi1r, 5 << 24 | 0xffff);
    let to_all = zone.cpus().iter().map(|cpu| Effect::Sgi(cpu.affinity, 5));
    assert_eq!(journal().take(), to_all.collect::<Vec<_>>());
}

#[test]
fn no_other_sgi_register_sends_anything() {
    let mut machine = machine();
    let zone = started(&mut machine);
    become_cpu(zone.cpus()[0]);
    for register in [SgiRegister::Sgi0r, SgiRegister::Asgi1r] {
        zone.send_sgi(vcpu_of(zone, 0).id, register, 0xffff);
    }
    assert_eq!(journal().take(), []);
}

#[test]
fn enabling_all_shared_interrupts_enables_the_zone_s_own_ones() {
    let mut machine = machine();
    let zone = started(&mut machine);
    store32(zone, 0, GICD_CTLR, 0b10);
    journal().take();
    for intid in [32, 64, 96] {
        store32(zone, 0, shared(ENABLE, intid), u32::MAX);
    }
    let enabled = [DIRECT_UART_INTID, device(zone)].map(|intid| Effect::Enable(0, intid, true));
    assert_eq!(journal().take(), enabled);
    store32(zone, 0, GICD_CTLR, 0);
}

#[test]
fn an_spi_is_routed_to_the_cpu_of_a_vcpu_and_to_no_other() {
    let mut machine = machine();
    let zone = started(&mut machine);
    let route = DISTRIBUTOR + ROUTE + 8 * u64::from(device(zone));
    store(zone, 0, route, Width::Double, 2);
    assert!(journal().take().contains(&Effect::Route(zone.cpus()[2].affinity, device(zone))));
    store(zone, 0, route, Width::Double, 7);
    assert!(!journal().take().iter().any(|effect| matches!(effect, Effect::Route(..))));
    store(zone, 0, route, Width::Double, 0);
}

#[test]
fn only_the_zone_s_own_interrupts_are_deactivated() {
    let mut machine = machine();
    let zone = started(&mut machine);
    let (cpu, vcpu) = (zone.cpus()[1], vcpu_of(zone, 1));
    become_cpu(cpu);
    for intid in [u64::from(UART_INTID), u64::from(device(zone)), 1023] {
        zone.deactivate(cpu, vcpu, intid);
    }
    assert_eq!(journal().take(), [Effect::Deactivate(cpu.affinity, device(zone))]);
}

#[test]
fn the_line_of_the_virtual_uart_is_the_pending_state_of_its_interrupt() {
    let mut machine = machine();
    let zone = started(&mut machine);
    store32(zone, 0, PL011_IMSC, TRANSMIT);
    store32(zone, 0, PL011_DR, u32::from(b'\n'));
    assert!(journal().take().contains(&Effect::SetPending(0, DIRECT_UART_INTID)));
    // The driver looks, and the line is still up.
    load32(zone, 0, PL011_IMSC);
    assert_eq!(journal().take(), [Effect::SetPending(0, DIRECT_UART_INTID)]);
    store32(zone, 0, PL011_IMSC, 0);
    store32(zone, 0, PL011_ICR, TRANSMIT);
    assert_eq!(journal().take(), [Effect::ClearPending(0, DIRECT_UART_INTID)]);
}

#[test]
fn a_reset_leaves_the_zone_s_interrupts_silent_and_touches_no_other() {
    let mut machine = machine();
    let zone = started(&mut machine);
    call(zone, 0, SYSTEM_RESET, [0; 3]);
    serve_all(zone);
    let effects = journal().take();
    for intid in [DIRECT_UART_INTID, device(zone)] {
        for effect in
            [Effect::Enable(0, intid, false), Effect::ClearPending(0, intid), Effect::Deactivate(0, intid)]
        {
            assert!(effects.contains(&effect), "{effect:?}");
        }
        assert!(effects.contains(&Effect::Route(zone.cpus()[0].affinity, intid)));
    }
    let foreign = effects.iter().filter(|effect| match effect {
        Effect::Enable(on, intid, _) | Effect::ClearPending(on, intid) | Effect::Deactivate(on, intid) => {
            let private = *intid < 32 && zone.cpus().iter().any(|cpu| cpu.affinity == *on);
            !private && ![DIRECT_UART_INTID, device(zone)].contains(intid)
        }
        Effect::SetPending(..) | Effect::Activate(..) | Effect::Sgi(..) => true,
        _ => false,
    });
    assert_eq!(foreign.count(), 0);
}

#[test]
fn where_firmware_keeps_group_0_a_zone_with_direct_delivery_is_refused() {
    let _machine = machine();
    set_two_security_states(true);
    let refused = boot_directly();
    set_two_security_states(false);
    let refused = refused.expect_err("refused").to_string();
    assert!(refused.contains("zone0") && refused.contains("GICD_CTLR.DS"), "{refused}");
}
