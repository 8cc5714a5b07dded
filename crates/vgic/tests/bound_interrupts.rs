//! Physical interrupts that are bound to virtual ones.

mod support;

use support::cpu_interface::HARDWARE;
use support::world::{TIMER, World};
use vgic::{
    Arrival, BindError, Config, Frame, PhysicalIntid, Redistributor, Trigger, Version, Vgic, VirtualIntid,
    Width,
};

const SET_ENABLE: u32 = 0x100;
const CLEAR_ENABLE: u32 = 0x180;
const SET_PENDING: u32 = 0x200;
const CLEAR_PENDING: u32 = 0x280;
const SET_ACTIVE: u32 = 0x300;
const CLEAR_ACTIVE: u32 = 0x380;
/// Level-sensitive and edge-triggered ones of [`support::world::BOUND`].
const LEVEL: (u32, u32) = (33, 33);
const EDGE: (u32, u32) = (34, 90);
/// One with no other bound interrupt among the 32 of its registers.
const ALONE: (u32, u32) = (65, 65);

fn world(vcpus: usize, list_registers: usize) -> World<'static> {
    let mut world = World::new(vcpus, list_registers);
    world.open();
    world
}

fn raise(world: &mut World, (intid, physical): (u32, u32)) {
    world.drive_physical(0, intid, physical, true);
}

fn lower(world: &mut World, (intid, physical): (u32, u32)) {
    world.drive_physical(0, intid, physical, false);
}

#[test]
fn enabling_and_disabling_reaches_the_physical_interrupt() {
    let mut world = World::new(1, 4);
    world.set_bit(0, SET_ENABLE, EDGE.0);
    assert!(world.machine.get(0, EDGE.1).enabled);
    world.set_bit(0, CLEAR_ENABLE, EDGE.0);
    assert!(!world.machine.get(0, EDGE.1).enabled);
}

#[test]
fn routing_reaches_the_physical_interrupt_unless_it_names_nobody() {
    let mut world = World::new(2, 4);
    world.write(0, Frame::Distributor, 0x6000 + EDGE.0 * 8, Width::Double, 1);
    assert_eq!(world.machine.get(0, EDGE.1).route, 1);
    world.write(0, Frame::Distributor, 0x6000 + EDGE.0 * 8, Width::Double, 9);
    assert_eq!(world.machine.get(0, EDGE.1).route, 1);
}

#[test]
fn configuring_reaches_the_physical_interrupt() {
    let mut world = World::new(1, 4);
    world.write(0, Frame::Distributor, 0xc08, Width::Word, 1 << 3);
    assert!(world.machine.get(0, LEVEL.1).edge);
    assert!(!world.machine.get(0, EDGE.1).edge);
}

#[test]
fn an_edge_that_is_pending_stays_so_when_its_interrupt_becomes_level_sensitive() {
    let mut world = World::new(1, 4);
    raise(&mut world, EDGE);
    world.write(0, Frame::Distributor, 0xc08, Width::Word, 0);
    lower(&mut world, EDGE);
    assert!(world.bit(0, SET_PENDING, EDGE.0));
}

#[test]
fn the_end_of_the_virtual_interrupt_deactivates_the_physical_one_without_an_exit() {
    let mut world = world(1, 4);
    world.drive_physical(0, TIMER, TIMER, true);
    assert_eq!(world.acknowledge(0), Some(TIMER));
    assert!(world.cpus[0].lrs.iter().any(|lr| lr & HARDWARE != 0));
    world.drive_physical(0, TIMER, TIMER, false);
    world.end(0);
    assert!(!world.machine.get(0, TIMER).active);
    assert_eq!(world.acknowledge(0), None);
}

#[test]
fn the_timer_of_one_vcpu_is_not_that_of_another() {
    let mut world = world(2, 4);
    world.drive_physical(1, TIMER, TIMER, true);
    assert_eq!(world.acknowledge(0), None);
    assert_eq!(world.acknowledge(1), Some(TIMER));
}

#[test]
fn the_physical_interrupt_is_deactivated_even_if_its_list_register_was_given_away() {
    let mut world = world(1, 1);
    raise(&mut world, LEVEL);
    assert_eq!(world.acknowledge(0), Some(LEVEL.0));
    world.set_priority(0, 60, 0x10);
    world.set_bit(0, SET_PENDING, 60);
    assert_eq!(world.acknowledge(0), Some(60));
    lower(&mut world, LEVEL);
    world.end(0);
    assert!(world.machine.get(0, LEVEL.1).active);
    world.end(0);
    assert!(!world.machine.get(0, LEVEL.1).active);
}

#[test]
fn a_level_that_the_guest_disables_unacknowledged_is_left_to_the_physical_gic() {
    let mut world = world(1, 4);
    raise(&mut world, LEVEL);
    world.set_bit(0, CLEAR_ENABLE, LEVEL.0);
    assert!(!world.machine.get(0, LEVEL.1).active);
    assert!(world.bit(0, SET_PENDING, LEVEL.0));
    lower(&mut world, LEVEL);
    assert!(!world.bit(0, SET_PENDING, LEVEL.0));
}

#[test]
fn an_edge_that_the_guest_disables_unacknowledged_is_kept() {
    let mut world = world(1, 4);
    raise(&mut world, EDGE);
    world.set_bit(0, CLEAR_ENABLE, EDGE.0);
    assert!(!world.machine.get(0, EDGE.1).active);
    world.set_bit(0, SET_ENABLE, EDGE.0);
    assert_eq!(world.acknowledge(0), Some(EDGE.0));
}

#[test]
fn a_disabled_level_shows_as_pending_while_its_line_is_up() {
    let mut world = World::new(1, 4);
    world.drive_physical(0, TIMER, TIMER, true);
    assert!(world.bit(0, SET_PENDING, TIMER));
    world.drive_physical(0, TIMER, TIMER, false);
    assert!(!world.bit(0, SET_PENDING, TIMER));
}

#[test]
fn what_the_guest_makes_pending_itself_is_a_software_interrupt() {
    let mut world = world(1, 4);
    world.set_bit(0, SET_PENDING, LEVEL.0);
    assert_eq!(world.acknowledge(0), Some(LEVEL.0));
    assert!(world.cpus[0].lrs.iter().all(|lr| lr & HARDWARE == 0));
    world.end(0);
    assert_eq!(world.acknowledge(0), None);
}

#[test]
fn clearing_the_pending_state_of_an_edge_drops_it_in_the_physical_gic_too() {
    let mut world = world(1, 4);
    world.set_bit(0, CLEAR_ENABLE, EDGE.0);
    raise(&mut world, EDGE);
    world.set_bit(0, CLEAR_PENDING, EDGE.0);
    assert!(!world.machine.get(0, EDGE.1).latch);
    world.set_bit(0, SET_ENABLE, EDGE.0);
    assert_eq!(world.acknowledge(0), None);
}

#[test]
fn clearing_the_active_state_deactivates_the_physical_interrupt() {
    let mut world = world(1, 4);
    raise(&mut world, EDGE);
    world.acknowledge(0);
    world.set_bit(0, CLEAR_ACTIVE, EDGE.0);
    assert!(!world.machine.get(0, EDGE.1).active);
}

#[test]
fn a_physical_interrupt_during_a_software_made_active_state_waits_for_its_end() {
    let mut world = world(1, 4);
    world.set_bit(0, SET_ACTIVE, EDGE.0);
    raise(&mut world, EDGE);
    assert_eq!(world.acknowledge(0), None);
    world.set_bit(0, CLEAR_ACTIVE, EDGE.0);
    assert_eq!(world.acknowledge(0), Some(EDGE.0));
}

#[test]
fn what_the_guest_makes_pending_and_what_arrives_while_it_is_active_come_as_one() {
    let mut world = world(1, 4);
    world.set_bit(0, SET_ACTIVE, EDGE.0);
    world.set_bit(0, SET_PENDING, EDGE.0);
    raise(&mut world, EDGE);
    world.set_bit(0, CLEAR_ACTIVE, EDGE.0);
    assert_eq!(world.acknowledge(0), Some(EDGE.0));
    world.end(0);
    assert_eq!(world.acknowledge(0), None);
}

#[test]
fn the_same_is_one_interrupt_if_the_active_state_ends_in_a_list_register() {
    let mut world = world(1, 4);
    world.set_bit(0, SET_PENDING, EDGE.0);
    assert_eq!(world.acknowledge(0), Some(EDGE.0));
    world.set_bit(0, SET_PENDING, EDGE.0);
    raise(&mut world, EDGE);
    world.end(0);
    assert_eq!(world.acknowledge(0), Some(EDGE.0));
    world.end(0);
    assert_eq!(world.acknowledge(0), None);
}

#[test]
fn an_interrupt_that_was_on_its_way_when_the_guest_disabled_it_is_let_go() {
    let mut world = World::new(1, 4);
    for physical in [LEVEL.1, EDGE.1] {
        world.machine.get(0, physical).active = true;
        assert_eq!(world.arrive(0, physical), Arrival::Taken);
        assert!(!world.machine.get(0, physical).active);
    }
    assert!(!world.bit(0, SET_PENDING, LEVEL.0));
    assert!(world.read(0, Frame::Distributor, 0x204, Width::Word) >> (EDGE.0 - 32) & 1 == 1);
}

#[test]
fn an_interrupt_that_arrives_while_its_vcpu_is_off_comes_when_it_is_on() {
    let mut world = world(2, 4);
    world.write(0, Frame::Distributor, 0x6000 + EDGE.0 * 8, Width::Double, 1);
    world.power_off(1);
    raise(&mut world, EDGE);
    assert_eq!(world.cpus[1].loaded(), 0);
    world.power_on(1);
    assert_eq!(world.acknowledge(1), Some(EDGE.0));
}

#[test]
fn a_reboot_leaves_no_physical_interrupt_active_or_enabled() {
    let mut world = world(2, 2);
    raise(&mut world, LEVEL);
    raise(&mut world, EDGE);
    world.drive_physical(1, TIMER, TIMER, true);
    assert!(world.acknowledge(0).is_some());
    // The world checks it.
    world.reboot();
}

fn bare(redistributors: &mut [Redistributor]) -> Vgic<'_> {
    Vgic::new(Config { version: Version::V3, vcpus: 1, spis: 32, priority_bits: 5 }, redistributors).unwrap()
}

fn virtual_intid(intid: u32) -> VirtualIntid {
    VirtualIntid::new(intid).unwrap()
}

fn physical_intid(intid: u32) -> PhysicalIntid {
    PhysicalIntid::new(intid).unwrap()
}

#[test]
fn an_interrupt_cannot_be_bound_twice() {
    let mut redistributors = [Redistributor::new()];
    let mut vgic = bare(&mut redistributors);
    let (first, second) = (virtual_intid(40), virtual_intid(41));
    vgic.bind(first, physical_intid(70), Trigger::Level).unwrap();
    assert_eq!(
        vgic.bind(first, physical_intid(71), Trigger::Level),
        Err(BindError::Bound(first, physical_intid(70)))
    );
    assert_eq!(
        vgic.bind(second, physical_intid(70), Trigger::Level),
        Err(BindError::Taken(physical_intid(70), first))
    );
}

#[test]
fn only_interrupts_of_the_same_kind_are_bound() {
    let mut redistributors = [Redistributor::new()];
    let mut vgic = bare(&mut redistributors);
    for (intid, physical) in [(27, 40), (40, 27), (27, 3)] {
        assert_eq!(
            vgic.bind(virtual_intid(intid), physical_intid(physical), Trigger::Level),
            Err(BindError::Mismatch(virtual_intid(intid), physical_intid(physical)))
        );
    }
}

#[test]
fn sgis_and_absent_spis_are_not_bound() {
    let mut redistributors = [Redistributor::new()];
    let mut vgic = bare(&mut redistributors);
    for intid in [5, 64, 1019] {
        assert_eq!(
            vgic.bind(virtual_intid(intid), physical_intid(40), Trigger::Level),
            Err(BindError::NotBindable(virtual_intid(intid)))
        );
    }
}

#[test]
fn a_physical_interrupt_that_is_not_bound_is_not_taken() {
    assert_eq!(World::new(1, 4).arrive(0, 77), Arrival::NotOwned);
}

/// The device interrupts, and the guest acknowledges and ends it.
fn serve(world: &mut World, device: (u32, u32)) {
    raise(world, device);
    assert_eq!(world.acknowledge(0), Some(device.0));
    lower(world, device);
    world.end(0);
}

#[test]
fn a_physical_interrupt_that_comes_again_goes_past_the_model() {
    for version in [Version::V2, Version::V3] {
        let mut world = World::with(version, 1, 4);
        world.open();
        serve(&mut world, LEVEL);
        assert_eq!(world.short_ways, 0);
        serve(&mut world, LEVEL);
        serve(&mut world, LEVEL);
        assert_eq!(world.short_ways, 2, "{version:?}");
    }
}

#[test]
fn after_a_change_to_the_interrupt_the_model_is_asked_once_more() {
    type Change = fn(&mut World);
    let changes: [(&str, Change); 4] = [
        ("priority", |world| world.set_priority(0, LEVEL.0, 0x40)),
        ("disabled and enabled", |world| {
            world.set_bit(0, CLEAR_ENABLE, LEVEL.0);
            world.set_bit(0, SET_ENABLE, LEVEL.0);
        }),
        ("group", |world| world.write(0, Frame::Distributor, 0x84, Width::Word, 0xffff_fffd)),
        ("route", |world| {
            world.write(0, Frame::Distributor, 0x6000 + LEVEL.0 * 8, Width::Double, 1);
            world.write(0, Frame::Distributor, 0x6000 + LEVEL.0 * 8, Width::Double, 0);
        }),
    ];
    for (what, change) in changes {
        let mut world = world(2, 4);
        serve(&mut world, LEVEL);
        change(&mut world);
        serve(&mut world, LEVEL);
        assert_eq!(world.short_ways, 0, "{what}");
    }
}

#[test]
fn another_vcpu_finds_what_has_gone_past_the_model() {
    let mut world = world(2, 4);
    serve(&mut world, LEVEL);
    raise(&mut world, LEVEL);
    assert_eq!(world.short_ways, 1);
    let active = |world: &mut World| world.bit(1, SET_ACTIVE, LEVEL.0);
    assert!(world.bit(1, SET_PENDING, LEVEL.0) && !active(&mut world));
    assert_eq!(world.acknowledge(0), Some(LEVEL.0));
    assert!(active(&mut world));
}

/// What the short way shows of a register of the interrupts from 64 on, and what the long way shows.
fn both_ways(world: &mut World, register: u32) -> (Option<u64>, u64) {
    world.both_ways(0, world.distributor(0), register + 8, Width::Word)
}

#[test]
fn what_only_the_physical_gic_knows_to_be_pending_is_shown_the_short_way() {
    for version in [Version::V2, Version::V3] {
        let mut world = World::with(version, 2, 4);
        raise(&mut world, ALONE);
        assert_eq!(both_ways(&mut world, SET_PENDING), (Some(2), 2));
        lower(&mut world, ALONE);
        assert_eq!(both_ways(&mut world, SET_PENDING), (Some(0), 0));
    }
}

#[test]
fn what_may_have_gone_past_the_model_is_not_shown_the_short_way() {
    let mut world = world(2, 4);
    assert_eq!(both_ways(&mut world, SET_PENDING).0, Some(0));
    serve(&mut world, ALONE);
    assert_eq!(both_ways(&mut world, SET_PENDING), (None, 0));
    assert_eq!(both_ways(&mut world, SET_ACTIVE), (Some(0), 0));
    serve(&mut world, ALONE);
    raise(&mut world, ALONE);
    assert_eq!((world.short_ways, world.acknowledge(0)), (1, Some(ALONE.0)));
    assert_eq!(both_ways(&mut world, SET_ACTIVE), (None, 2));
}

#[test]
fn an_interrupt_with_another_physical_number_is_not_asked_for_the_short_way() {
    let mut world = World::new(1, 4);
    let pending = |world: &mut World| world.both_ways(0, world.distributor(0), SET_PENDING + 4, Width::Word);
    assert_eq!(pending(&mut world), (None, 0));
    raise(&mut world, EDGE);
    assert_eq!(pending(&mut world), (None, 1 << 2));
}

#[test]
fn what_ends_on_one_vcpu_and_arrives_at_another_is_not_taken_for_its_end() {
    let mut world = world(2, 2);
    raise(&mut world, LEVEL);
    assert_eq!(world.acknowledge(0), Some(LEVEL.0));
    world.write(0, Frame::Distributor, 0x6000 + LEVEL.0 * 8, Width::Double, 1);
    // The line is up still: it comes again, to the other vCPU, before the first one's list register is looked at.
    world.end_unseen(0);
    world.write(0, Frame::Distributor, SET_PENDING + 4, Width::Word, 0b11 << 20);
    assert_eq!(world.acknowledge(1), Some(LEVEL.0));
}
