//! More interrupts than list registers, nesting, and the maintenance interrupts that go with them.

mod support;

use support::cpu_interface::{ACTIVE, END_MAINTENANCE};
use support::world::{WIRED, World};
use vgic::{Frame, Maintenance, Width};

const SET_PENDING: u32 = 0x200;
const CLEAR_PENDING: u32 = 0x280;
const CLEAR_ENABLE: u32 = 0x180;
const SET_ACTIVE: u32 = 0x300;
const ROUTE: u32 = 0x6000;

fn world(vcpus: usize, list_registers: usize) -> World<'static> {
    let mut world = World::new(vcpus, list_registers);
    world.open();
    world
}

/// Makes SPIs from 50 on pending with these priorities.
fn pend(world: &mut World, priorities: &[u8]) {
    for (intid, &priority) in (50..).zip(priorities) {
        world.set_priority(0, intid, priority);
        world.set_bit(0, SET_PENDING, intid);
    }
}

/// Acknowledges and ends until nothing comes; what came, in order.
fn serve(world: &mut World) -> Vec<u32> {
    let mut served = Vec::new();
    while let Some(intid) = world.acknowledge(0) {
        world.end(0);
        served.push(intid);
    }
    served
}

#[test]
fn interrupts_come_in_the_order_of_their_priorities_with_any_number_of_list_registers() {
    for list_registers in 1..=16 {
        let mut world = world(1, list_registers);
        pend(&mut world, &[0x90, 0x10, 0x70, 0x30, 0x50, 0x20, 0x80]);
        assert_eq!(serve(&mut world), [51, 55, 53, 54, 52, 56, 50], "{list_registers} list registers");
    }
}

#[test]
fn nesting_may_be_deeper_than_there_are_list_registers() {
    for list_registers in 1..=4 {
        let mut world = world(1, list_registers);
        for (depth, intid) in (50..62).enumerate() {
            world.set_priority(0, intid, 0x80 - depth as u8 * 8);
            world.set_bit(0, SET_PENDING, intid);
            assert_eq!(world.acknowledge(0), Some(intid));
        }
        for intid in (50..62).rev() {
            assert!(world.bit(0, SET_ACTIVE, intid));
            assert_eq!(world.end(0), Some(intid));
            assert!(!world.bit(0, SET_ACTIVE, intid), "{intid} with {list_registers} list registers");
        }
        assert_eq!(world.acknowledge(0), None);
    }
}

#[test]
fn the_order_of_ends_is_that_of_acknowledging_even_if_priorities_have_changed_since() {
    let mut world = world(1, 1);
    for (intid, priority) in [(50, 0x80), (51, 0x60), (52, 0x40)] {
        world.set_priority(0, intid, priority);
        world.set_bit(0, SET_PENDING, intid);
        assert_eq!(world.acknowledge(0), Some(intid));
    }
    world.set_priority(0, 50, 0x00);
    world.set_priority(0, 52, 0xf0);
    for intid in [52, 51, 50] {
        world.end(0);
        assert!(!world.bit(0, SET_ACTIVE, intid));
    }
}

#[test]
fn an_interrupt_ends_as_it_was_acknowledged_whatever_its_priority_and_group_are_since() {
    let mut world = world(1, 4);
    pend(&mut world, &[0x80]);
    world.acknowledge(0);
    world.set_priority(0, 50, 0x40);
    world.write(0, Frame::Distributor, 0x84, Width::Word, 0);
    world.end(0);
    assert!(!world.bit(0, SET_ACTIVE, 50));
}

#[test]
fn an_active_interrupt_that_is_pending_again_comes_with_the_priority_that_it_has_by_then() {
    let mut world = world(1, 4);
    pend(&mut world, &[0x80]);
    world.acknowledge(0);
    world.set_bit(0, SET_PENDING, 50);
    world.set_priority(0, 50, 0x40);
    world.end(0);
    assert_eq!(world.cpus[0].best_pending(), Some(0x40));
}

#[test]
fn a_better_interrupt_takes_the_place_of_a_pending_one() {
    let mut world = world(1, 2);
    pend(&mut world, &[0x80, 0x90]);
    world.set_priority(0, 60, 0x10);
    world.set_bit(0, SET_PENDING, 60);
    assert_eq!(world.cpus[0].best_pending(), Some(0x10));
    assert_eq!(serve(&mut world), [60, 50, 51]);
}

#[test]
fn no_maintenance_interrupt_is_on_while_everything_fits() {
    let mut world = world(1, 4);
    pend(&mut world, &[0x80, 0x90, 0x70, 0x60]);
    assert_eq!(world.cpus[0].maintenance, Maintenance::NONE);
}

#[test]
fn a_pending_interrupt_left_out_is_brought_in_by_maintenance() {
    let mut world = world(1, 2);
    pend(&mut world, &[0x80, 0x90, 0xa0]);
    assert!(world.cpus[0].maintenance.no_pending);
    serve(&mut world);
    assert_eq!(world.cpus[0].maintenance, Maintenance::NONE);
}

#[test]
fn an_active_interrupt_left_out_is_ended_by_count() {
    let mut world = world(1, 1);
    pend(&mut world, &[0x80]);
    world.acknowledge(0);
    world.set_priority(0, 60, 0x10);
    world.set_bit(0, SET_PENDING, 60);
    assert!(world.cpus[0].maintenance.entry_not_present);
    assert!(world.cpus[0].maintenance.trap_deactivate);
    assert_eq!(world.acknowledge(0), Some(60));
    world.end(0);
    world.end(0);
    assert_eq!(world.cpus[0].maintenance, Maintenance::NONE);
}

#[test]
fn ends_in_vain_do_not_count_for_what_is_left_out_later() {
    let mut world = world(1, 1);
    world.cpus[0].eoi_count = 3;
    pend(&mut world, &[0x80]);
    world.acknowledge(0);
    world.set_priority(0, 60, 0x10);
    world.set_bit(0, SET_PENDING, 60);
    assert!(world.bit(0, SET_ACTIVE, 50));
}

#[test]
fn with_the_split_end_a_count_ends_nothing() {
    let mut world = world(1, 1);
    world.cpus[0].interface.split_end = true;
    for intid in [50, 51] {
        world.set_bit(0, SET_PENDING, intid);
        world.acknowledge(0);
        world.end(0);
    }
    assert!(world.cpus[0].maintenance.entry_not_present);
    world.cpus[0].eoi_count = 1;
    world.set_bit(0, SET_PENDING, 52);
    assert_eq!([50, 51].map(|intid| world.bit(0, SET_ACTIVE, intid)), [true, true]);
}

/// Interrupt 70 alone is in the group that it is told, and of the lowest priority; 50 to 52 are in the other one.
fn two_groups(seventy_in_group_one: bool) -> World<'static> {
    let mut world = world(1, 2);
    for word in 1..=2 {
        let groups = if word == 2 { u64::from(seventy_in_group_one) << 6 } else { 0 };
        let others = if seventy_in_group_one { 0 } else { !(u64::from(word == 2) << 6) };
        world.write(0, Frame::Distributor, 0x80 + word * 4, Width::Word, groups | others);
    }
    world.set_priority(0, 70, 0xf0);
    pend(&mut world, &[0x10, 0x20, 0x30]);
    world.set_bit(0, SET_PENDING, 70);
    world
}

#[test]
fn an_interrupt_that_the_guest_makes_active_is_ended_by_the_vcpu_it_is_routed_to() {
    let mut world = world(2, 2);
    world.write(0, Frame::Distributor, ROUTE + 50 * 8, Width::Double, 1);
    world.set_bit(0, SET_ACTIVE, 50);
    assert_eq!(world.cpus[1].lrs.iter().filter(|&&lr| lr as u32 == 50 && lr & ACTIVE != 0).count(), 1);
}

#[test]
fn with_the_split_end_an_interrupt_can_be_deactivated_in_any_order_though_it_has_no_list_register() {
    let mut world = world(1, 1);
    world.cpus[0].interface.split_end = true;
    for intid in [50, 51, 52] {
        world.set_bit(0, SET_PENDING, intid);
        assert_eq!(world.acknowledge(0), Some(intid));
        world.end(0);
    }
    world.deactivate(0, 51);
    assert_eq!([50, 51, 52].map(|intid| world.bit(0, SET_ACTIVE, intid)), [true, false, true]);
}

#[test]
fn with_the_split_end_another_vcpu_can_deactivate_an_spi() {
    let mut world = world(2, 2);
    world.cpus.iter_mut().for_each(|cpu| cpu.interface.split_end = true);
    pend(&mut world, &[0x80]);
    world.acknowledge(0);
    world.end(0);
    world.deactivate(1, 50);
    assert!(!world.bit(0, SET_ACTIVE, 50));
}

#[test]
fn without_the_split_end_a_write_to_deactivate_does_nothing() {
    let mut world = world(2, 2);
    pend(&mut world, &[0x80]);
    world.acknowledge(0);
    world.trap_deactivate(0, 50);
    assert!(world.bit(0, SET_ACTIVE, 50));
}

#[test]
fn a_group_that_the_guest_does_not_signal_does_not_keep_another_out() {
    for group_one in [false, true] {
        let mut world = two_groups(group_one);
        world.signal_groups(0, !group_one, group_one);
        assert_eq!(world.acknowledge(0), Some(70));
    }
}

#[test]
fn a_group_that_the_guest_signals_again_comes_before_what_was_let_in_meanwhile() {
    for group_one in [false, true] {
        let mut world = two_groups(group_one);
        world.signal_groups(0, !group_one, group_one);
        world.signal_groups(0, true, true);
        assert_eq!(serve(&mut world), [50, 51, 52, 70]);
    }
}

#[test]
fn with_one_group_signalled_no_maintenance_interrupt_tells_that_it_is_no_longer() {
    for group_one in [false, true] {
        let mut world = two_groups(group_one);
        world.signal_groups(0, !group_one, group_one);
        let on = world.cpus[0].maintenance;
        assert!(on.no_pending, "something is left out");
        assert!(!on.group0_disabled && !on.group1_disabled);
    }
}

#[test]
fn a_disabled_interrupt_is_taken_out_and_comes_when_it_is_enabled_again() {
    let mut world = world(2, 4);
    pend(&mut world, &[0x80]);
    world.set_bit(1, CLEAR_ENABLE, 50);
    assert_eq!(world.acknowledge(0), None);
    assert!(world.bit(1, SET_PENDING, 50));
    world.set_bit(1, 0x100, 50);
    assert_eq!(world.acknowledge(0), Some(50));
}

#[test]
fn clearing_the_pending_state_from_another_vcpu_takes_the_interrupt_back() {
    let mut world = world(2, 4);
    pend(&mut world, &[0x80]);
    world.set_bit(1, CLEAR_PENDING, 50);
    assert_eq!(world.acknowledge(0), None);
}

#[test]
fn an_interrupt_that_is_rerouted_while_pending_goes_to_the_new_vcpu() {
    let mut world = world(2, 4);
    pend(&mut world, &[0x80]);
    world.write(0, Frame::Distributor, ROUTE + 50 * 8, Width::Double, 1);
    assert_eq!(world.acknowledge(0), None);
    assert_eq!(world.acknowledge(1), Some(50));
}

#[test]
fn an_interrupt_that_is_pending_again_while_active_elsewhere_goes_to_its_new_vcpu_at_the_end() {
    let mut world = world(2, 4);
    pend(&mut world, &[0x80]);
    assert_eq!(world.acknowledge(0), Some(50));
    world.set_bit(0, SET_PENDING, 50);
    world.write(0, Frame::Distributor, ROUTE + 50 * 8, Width::Double, 1);
    assert_eq!(world.acknowledge(1), None);
    world.end(0);
    assert_eq!(world.acknowledge(0), None);
    assert_eq!(world.acknowledge(1), Some(50));
}

#[test]
fn an_interrupt_routed_to_nobody_waits() {
    let mut world = world(2, 4);
    world.write(0, Frame::Distributor, ROUTE + 50 * 8, Width::Double, 7);
    pend(&mut world, &[0x80]);
    assert!(world.bit(0, SET_PENDING, 50));
    assert_eq!((world.acknowledge(0), world.acknowledge(1)), (None, None));
    world.write(0, Frame::Distributor, ROUTE + 50 * 8, Width::Double, 1);
    assert_eq!(world.acknowledge(1), Some(50));
}

#[test]
fn a_line_that_stays_up_comes_again_after_the_end() {
    let mut world = world(1, 2);
    world.drive(WIRED, true);
    assert_eq!(world.acknowledge(0), Some(WIRED));
    assert_eq!(world.acknowledge(0), None);
    world.end(0);
    assert_eq!(world.acknowledge(0), Some(WIRED));
}

#[test]
fn a_line_that_has_fallen_costs_no_maintenance_interrupt_at_the_end() {
    let mut world = world(1, 2);
    world.drive(WIRED, true);
    world.acknowledge(0);
    world.drive(WIRED, false);
    assert!(world.cpus[0].lrs.iter().all(|lr| lr & END_MAINTENANCE == 0));
    world.end(0);
    assert_eq!(world.acknowledge(0), None);
}

#[test]
fn a_line_that_falls_before_it_is_acknowledged_is_withdrawn() {
    let mut world = world(2, 2);
    world.drive(WIRED, true);
    world.drive(WIRED, false);
    assert_eq!(world.acknowledge(0), None);
}

#[test]
fn an_edge_on_the_line_stays_after_the_line_has_fallen() {
    let mut world = world(1, 2);
    world.write(0, Frame::Distributor, 0xc08, Width::Word, 0x2_0000);
    world.drive(WIRED, true);
    world.drive(WIRED, false);
    assert_eq!(serve(&mut world), [WIRED]);
}

#[test]
fn a_pending_and_active_interrupt_does_not_overtake_what_was_left_out() {
    let mut world = world(1, 3);
    world.set_priority(0, 70, 0xf0);
    world.set_bit(0, SET_PENDING, 70);
    assert_eq!(world.acknowledge(0), Some(70));
    world.set_bit(0, SET_PENDING, 70);
    pend(&mut world, &[0xf0, 0xe8, 0xe0, 0xd8]);
    world.cpus[0].active_priorities.clear();
    world.cpus[0].active_priorities.push(0xf0);
    world.end(0);
    assert_eq!(serve(&mut world), [53, 52, 51, 50, 70]);
}

#[test]
fn a_vcpu_that_was_turned_off_and_on_starts_with_nothing_of_its_own() {
    let mut world = world(2, 4);
    world.send_sgi(0, 0, 0x0300_0002);
    pend(&mut world, &[0x80]);
    world.write(0, Frame::Distributor, ROUTE + 50 * 8, Width::Double, 1);
    world.restart(1);
    // The SGI is gone with the redistributor; the SPI is the distributor's.
    assert_eq!(world.acknowledge(1), Some(50));
    world.end(1);
    assert_eq!(world.acknowledge(1), None);
}
