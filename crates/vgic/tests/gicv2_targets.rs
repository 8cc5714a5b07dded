//! SPIs of a GICv2: which vCPU gets them.

mod support;

use support::world::World;
use vgic::{Access, Width};

const TARGETS: u32 = 0x800;
const SET_PENDING: u32 = 0x200;
const SET_ACTIVE: u32 = 0x300;
/// An SPI that is bound to this physical one, edge-triggered.
const BOUND: (u32, u32) = (34, 90);

fn world(vcpus: usize) -> World<'static> {
    let mut world = World::v2(vcpus, 4);
    world.open();
    world
}

fn target(world: &mut World, intid: u32, vcpus: u64) {
    world.write(0, world.distributor(0), TARGETS + intid, Width::Byte, vcpus);
}

#[test]
fn an_spi_goes_to_its_target() {
    let mut world = world(3);
    target(&mut world, 50, 0b100);
    world.set_bit(0, SET_PENDING, 50);
    assert_eq!([0, 1, 2].map(|vcpu| world.acknowledge(vcpu)), [None, None, Some(50)]);
}

#[test]
fn of_several_targets_the_first_gets_the_spi() {
    let mut world = world(3);
    target(&mut world, 50, 0b110);
    world.set_bit(0, SET_PENDING, 50);
    assert_eq!([0, 1, 2].map(|vcpu| world.acknowledge(vcpu)), [None, Some(50), None]);
}

#[test]
fn with_one_vcpu_every_spi_is_for_it() {
    let mut world = world(1);
    target(&mut world, 50, 0);
    world.set_bit(0, SET_PENDING, 50);
    assert_eq!(world.acknowledge(0), Some(50));
}

#[test]
fn an_spi_without_a_target_waits() {
    let mut world = world(2);
    target(&mut world, 50, 0);
    world.set_bit(0, SET_PENDING, 50);
    assert_eq!([0, 1].map(|vcpu| world.acknowledge(vcpu)), [None, None]);
    assert!(world.bit(1, SET_PENDING, 50));
    target(&mut world, 50, 0b10);
    assert_eq!(world.acknowledge(1), Some(50));
}

#[test]
fn a_pending_spi_goes_where_it_is_retargeted_to() {
    let mut world = world(2);
    world.set_bit(0, SET_PENDING, 50);
    target(&mut world, 50, 0b10);
    assert_eq!([0, 1].map(|vcpu| world.acknowledge(vcpu)), [None, Some(50)]);
}

#[test]
fn retargeting_a_pending_spi_parks_the_vcpu_that_holds_it() {
    let mut world = world(2);
    world.set_bit(0, SET_PENDING, 50);
    let access = Access { frame: world.distributor(1), offset: TARGETS + 50, width: Width::Byte };
    assert_eq!(world.must_park(1, &access, Some(0b10)).bits(), 0b01);
}

#[test]
fn an_active_spi_stays_where_it_was_acknowledged() {
    let mut world = world(2);
    world.set_bit(0, SET_PENDING, 50);
    assert_eq!(world.acknowledge(0), Some(50));
    target(&mut world, 50, 0b10);
    world.end(0);
    assert!(!world.bit(0, SET_ACTIVE, 50));
}

#[test]
fn a_word_retargets_four_spis() {
    let mut world = world(2);
    world.write(0, world.distributor(0), TARGETS + 52, Width::Word, 0x0102_0102);
    for intid in 52..56 {
        world.set_bit(0, SET_PENDING, intid);
    }
    let mut served = [0, 1].map(|vcpu| {
        let mut served = Vec::new();
        while let Some(intid) = world.acknowledge(vcpu) {
            world.end(vcpu);
            served.push(intid);
        }
        served
    });
    served.iter_mut().for_each(|list| list.sort_unstable());
    assert_eq!(served, [vec![53, 55], vec![52, 54]]);
}

#[test]
fn targeting_reaches_the_physical_interrupt_unless_it_names_nobody() {
    let mut world = world(3);
    target(&mut world, BOUND.0, 0b110);
    assert_eq!(world.machine.get(0, BOUND.1).route, 1);
    target(&mut world, BOUND.0, 0);
    assert_eq!(world.machine.get(0, BOUND.1).route, 1);
}

#[test]
fn a_bound_spi_arrives_at_its_target() {
    let mut world = world(2);
    target(&mut world, BOUND.0, 0b10);
    world.drive_physical(0, BOUND.0, BOUND.1, true);
    assert_eq!([0, 1].map(|vcpu| world.acknowledge(vcpu)), [None, Some(BOUND.0)]);
    world.end(1);
    assert!(!world.machine.get(0, BOUND.1).active);
}
