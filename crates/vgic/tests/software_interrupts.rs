//! SGIs: who gets them, and how often.

mod support;

use support::world::World;

const SGI1R: u8 = 0;
const ASGI1R: u8 = 1;
const SGI0R: u8 = 2;
const SGI_5: u64 = 5 << 24;
const ALL_OTHERS: u64 = 1 << 40;

fn world(vcpus: usize) -> World<'static> {
    let mut world = World::new(vcpus, 4);
    world.open();
    world
}

/// The vCPUs at which an SGI arrives.
fn receivers(world: &mut World) -> Vec<usize> {
    (0..world.cpus.len()).filter(|&vcpu| world.acknowledge(vcpu) == Some(5)).collect()
}

#[test]
fn a_target_list_names_vcpus_by_aff0() {
    let mut world = world(4);
    world.send_sgi(1, SGI1R, SGI_5 | 0b1010);
    assert_eq!(receivers(&mut world), [1, 3]);
}

#[test]
fn the_seventeenth_vcpu_is_the_first_of_the_next_aff1() {
    let mut world = world(18);
    world.send_sgi(0, SGI1R, SGI_5 | 1 << 16 | 0b11);
    assert_eq!(receivers(&mut world), [16, 17]);
}

#[test]
fn a_broadcast_goes_to_all_but_the_sender() {
    let mut world = world(4);
    world.send_sgi(2, SGI1R, SGI_5 | ALL_OTHERS);
    assert_eq!(receivers(&mut world), [0, 1, 3]);
}

#[test]
fn affinities_that_no_vcpu_has_are_ignored() {
    let mut world = world(2);
    for value in [0b100, 1 << 16 | 1, 1 << 32 | 1, 1 << 48 | 1, 1 << 44 | 1] {
        world.send_sgi(0, SGI1R, SGI_5 | value);
    }
    assert_eq!(receivers(&mut world), []);
}

#[test]
fn an_sgi_sent_twice_before_it_is_acknowledged_comes_once() {
    let mut world = world(2);
    world.send_sgi(0, SGI1R, SGI_5 | 0b10);
    world.send_sgi(0, SGI1R, SGI_5 | 0b10);
    assert_eq!(world.acknowledge(1), Some(5));
    world.end(1);
    assert_eq!(world.acknowledge(1), None);
}

#[test]
fn an_sgi_sent_again_while_it_is_handled_comes_again() {
    let mut world = world(2);
    world.send_sgi(0, SGI1R, SGI_5 | 0b10);
    assert_eq!(world.acknowledge(1), Some(5));
    world.send_sgi(0, SGI1R, SGI_5 | 0b10);
    assert_eq!(world.acknowledge(1), None);
    world.end(1);
    assert_eq!(world.acknowledge(1), Some(5));
}

#[test]
fn group_1_sgis_are_not_sent_by_the_group_0_registers() {
    let mut world = world(2);
    world.send_sgi(0, SGI0R, SGI_5 | 0b11);
    world.send_sgi(0, ASGI1R, SGI_5 | 0b11);
    assert_eq!(receivers(&mut world), []);
}

#[test]
fn a_vcpu_can_send_to_itself() {
    let mut world = world(1);
    world.send_sgi(0, SGI1R, SGI_5 | 1);
    assert_eq!(world.acknowledge(0), Some(5));
}
