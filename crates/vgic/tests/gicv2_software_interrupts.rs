//! SGIs of a GICv2: who gets them, from whom, and how often.

mod support;

use support::cpu_interface::END_MAINTENANCE;
use support::world::World;
use vgic::{Maintenance, Width};

const SGIR: u32 = 0xf00;
const CLEAR_SENDERS: u32 = 0xf10;
const SET_SENDERS: u32 = 0xf20;
const SET_PENDING: u32 = 0x200;
const CLEAR_PENDING: u32 = 0x280;
const SET_ACTIVE: u32 = 0x300;
const TO_LIST: u64 = 0;
const TO_OTHERS: u64 = 1;
const TO_SELF: u64 = 2;
const RESERVED: u64 = 3;

fn world(vcpus: usize) -> World<'static> {
    with_list_registers(vcpus, 4)
}

fn with_list_registers(vcpus: usize, list_registers: usize) -> World<'static> {
    let mut world = World::v2(vcpus, list_registers);
    world.open();
    world
}

/// Sends SGI 5.
fn send(world: &mut World, by: usize, filter: u64, list: u64) {
    world.write(by, world.distributor(by), SGIR, Width::Word, filter << 24 | list << 16 | 5);
}

/// GICC_IAR of SGI 5 from this sender.
fn from(sender: u32) -> Option<u32> {
    Some(sender << 10 | 5)
}

/// The vCPUs at which SGI 5 from `sender` arrives.
fn receivers(world: &mut World, sender: u32) -> Vec<usize> {
    (0..world.cpus.len()).filter(|&vcpu| world.acknowledge(vcpu) == from(sender)).collect()
}

/// Acknowledges and ends until nothing comes; what came, in order.
fn serve(world: &mut World, vcpu: usize) -> Vec<u32> {
    let mut served = Vec::new();
    while let Some(iar) = world.acknowledge(vcpu) {
        world.end(vcpu);
        served.push(iar);
    }
    served
}

#[test]
fn a_target_list_has_a_bit_for_each_vcpu() {
    let mut world = world(4);
    send(&mut world, 1, TO_LIST, 0b1010);
    assert_eq!(receivers(&mut world, 1), [1, 3]);
}

#[test]
fn targets_that_the_zone_does_not_have_are_ignored() {
    let mut world = world(2);
    send(&mut world, 0, TO_LIST, 0xfc);
    assert_eq!(receivers(&mut world, 0), []);
}

#[test]
fn the_filter_for_all_others_leaves_the_sender_out() {
    let mut world = world(8);
    send(&mut world, 7, TO_OTHERS, 0x80);
    assert_eq!(receivers(&mut world, 7), [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn the_filter_for_the_sender_ignores_the_list() {
    let mut world = world(3);
    send(&mut world, 2, TO_SELF, 0b011);
    assert_eq!(receivers(&mut world, 2), [2]);
}

#[test]
fn the_reserved_filter_names_nobody() {
    let mut world = world(2);
    send(&mut world, 0, RESERVED, 0b11);
    assert_eq!(receivers(&mut world, 0), []);
}

#[test]
fn the_security_bit_says_nothing() {
    for nsatt in [0, 1 << 15] {
        let mut world = world(2);
        world.write(0, world.distributor(0), SGIR, Width::Word, 0b10 << 16 | nsatt | 5);
        assert_eq!(world.acknowledge(1), from(0));
    }
}

#[test]
fn an_sgi_from_two_senders_comes_twice_and_tells_them() {
    for list_registers in [1, 4] {
        let mut world = with_list_registers(3, list_registers);
        send(&mut world, 2, TO_LIST, 1);
        send(&mut world, 1, TO_LIST, 1);
        assert_eq!(serve(&mut world, 0), [1 << 10 | 5, 2 << 10 | 5], "{list_registers} list registers");
    }
}

#[test]
fn an_sgi_that_one_sender_sends_twice_comes_once() {
    let mut world = world(2);
    send(&mut world, 0, TO_LIST, 0b10);
    send(&mut world, 0, TO_LIST, 0b10);
    assert_eq!(serve(&mut world, 1), [5]);
}

#[test]
fn an_sgi_from_another_sender_waits_for_the_end_of_the_first() {
    let mut world = world(3);
    send(&mut world, 1, TO_LIST, 1);
    assert_eq!(world.acknowledge(0), from(1));
    send(&mut world, 2, TO_LIST, 1);
    assert_eq!(world.acknowledge(0), None);
    world.end(0);
    assert_eq!(world.acknowledge(0), from(2));
}

#[test]
fn an_sgi_sent_again_while_it_is_handled_comes_again() {
    let mut world = world(2);
    send(&mut world, 1, TO_LIST, 1);
    assert_eq!(world.acknowledge(0), from(1));
    send(&mut world, 1, TO_LIST, 1);
    world.end(0);
    assert_eq!(serve(&mut world, 0), [1 << 10 | 5]);
}

#[test]
fn only_an_sgi_with_more_senders_costs_a_maintenance_interrupt() {
    let mut world = world(3);
    let requests = |world: &World| world.cpus[0].lrs.iter().filter(|&lr| lr & END_MAINTENANCE != 0).count();
    send(&mut world, 1, TO_LIST, 1);
    assert_eq!(requests(&world), 0);
    send(&mut world, 2, TO_LIST, 1);
    assert_eq!(requests(&world), 1);
    world.acknowledge(0);
    world.end(0);
    assert_eq!(requests(&world), 0);
}

#[test]
fn an_active_sgi_is_ended_by_its_sender_after_it_has_lost_its_list_register() {
    let mut world = with_list_registers(3, 1);
    send(&mut world, 2, TO_LIST, 1);
    assert_eq!(world.acknowledge(0), from(2));
    world.set_priority(0, 60, 0x10);
    world.set_bit(0, SET_PENDING, 60);
    assert_eq!(world.acknowledge(0), Some(60));
    world.end(0);
    world.kick(0);
    // The SGI is in the list register again.
    assert_eq!(world.cpus[0].iar(world.cpus[0].lrs[0]), 2 << 10 | 5);
    world.end(0);
    assert!(!world.bit(0, SET_ACTIVE, 5));
    assert_eq!(world.cpus[0].maintenance.entry_not_present, Maintenance::NONE.entry_not_present);
}

#[test]
fn with_the_split_end_an_sgi_stays_active_until_it_is_deactivated() {
    let mut world = world(3);
    world.cpus[0].interface.split_end = true;
    send(&mut world, 1, TO_LIST, 1);
    send(&mut world, 2, TO_LIST, 1);
    let first = world.acknowledge(0).unwrap();
    world.end(0);
    assert_eq!(world.acknowledge(0), None);
    world.deactivate(0, first);
    assert_eq!(world.acknowledge(0), from(2));
}

#[test]
fn the_sender_registers_show_who_has_sent_what_is_pending() {
    let mut world = world(3);
    send(&mut world, 2, TO_LIST, 1);
    send(&mut world, 0, TO_LIST, 1);
    for base in [SET_SENDERS, CLEAR_SENDERS] {
        assert_eq!(world.read(0, world.distributor(0), base + 5, Width::Byte), 0b101);
        assert_eq!(world.read(0, world.distributor(0), base + 4, Width::Word), 0b101 << 8);
        assert_eq!(world.read(1, world.distributor(1), base + 4, Width::Word), 0);
    }
    world.acknowledge(0);
    assert_eq!(world.read(0, world.distributor(0), SET_SENDERS + 5, Width::Byte), 0b100);
}

#[test]
fn an_sgi_can_be_made_pending_as_if_from_any_vcpu_of_the_zone() {
    let mut world = world(3);
    world.write(1, world.distributor(1), SET_SENDERS + 5, Width::Byte, 0xfe);
    assert_eq!(world.read(1, world.distributor(1), SET_SENDERS + 5, Width::Byte), 0b110);
    assert_eq!(serve(&mut world, 1), [1 << 10 | 5, 2 << 10 | 5]);
}

#[test]
fn clearing_a_sender_leaves_the_others() {
    let mut world = world(3);
    send(&mut world, 1, TO_LIST, 1);
    send(&mut world, 2, TO_LIST, 1);
    world.write(0, world.distributor(0), CLEAR_SENDERS + 5, Width::Byte, 0b010);
    assert_eq!(serve(&mut world, 0), [2 << 10 | 5]);
}

#[test]
fn clearing_the_last_sender_withdraws_the_sgi() {
    let mut world = world(2);
    send(&mut world, 1, TO_LIST, 1);
    world.write(0, world.distributor(0), CLEAR_SENDERS + 4, Width::Word, 0b010 << 8);
    assert!(!world.bit(0, SET_PENDING, 5));
    assert_eq!(world.acknowledge(0), None);
}

#[test]
fn the_pending_registers_show_sgis_and_do_not_change_them() {
    let mut world = world(2);
    world.set_bit(0, SET_PENDING, 5);
    assert_eq!(world.acknowledge(0), None);
    send(&mut world, 1, TO_LIST, 1);
    world.set_bit(0, CLEAR_PENDING, 5);
    assert!(world.bit(0, SET_PENDING, 5));
    assert_eq!(serve(&mut world, 0), [1 << 10 | 5]);
}

#[test]
fn a_vcpu_that_was_turned_off_and_on_has_no_sgi_pending() {
    let mut world = world(3);
    send(&mut world, 0, TO_LIST, 0b10);
    send(&mut world, 2, TO_LIST, 0b10);
    world.restart(1);
    assert_eq!(world.read(1, world.distributor(1), SET_SENDERS + 4, Width::Word), 0);
    assert_eq!(world.acknowledge(1), None);
}
