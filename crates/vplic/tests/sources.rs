//! How sources become pending, whom they interrupt, and what claiming and completing does.

mod support;

use support::{BOUND, World, priority, source, threshold};
use vplic::{BindError, PhysicalSource};

/// A virtual device's source, and another one in another word.
const WIRED: u32 = 10;
const OTHER: u32 = 64;
/// Of [`BOUND`].
const WHICH: usize = 1;
const BOUND_SOURCE: u32 = BOUND[WHICH].0;

#[test]
fn a_wire_that_goes_high_interrupts_the_vcpu_that_has_enabled_its_source() {
    let mut world = World::new(2);
    world.open(1, WIRED, 1);
    world.drive(WIRED, true);
    assert_eq!([world.line(0), world.line(1)], [false, true]);
}

#[test]
fn priority_0_never_interrupts() {
    let mut world = World::new(1);
    world.open(0, WIRED, 0);
    world.drive(WIRED, true);
    assert!(world.is_pending(WIRED));
    assert_eq!((world.line(0), world.claim(0)), (false, 0));
}

#[test]
fn a_threshold_holds_back_priorities_up_to_it() {
    let mut world = World::new(1);
    world.open(0, WIRED, 4);
    world.drive(WIRED, true);
    for (level, expected) in [(3, true), (4, false), (7, false), (0, true)] {
        world.write(threshold(0), level);
        assert_eq!(world.line(0), expected, "{level}");
    }
}

#[test]
fn a_claim_does_not_look_at_the_threshold() {
    let mut world = World::new(1);
    world.open(0, WIRED, 4);
    world.write(threshold(0), 7);
    world.drive(WIRED, true);
    assert_eq!(world.claim(0), WIRED);
}

#[test]
fn the_line_follows_the_priority_of_what_is_pending() {
    let mut world = World::new(1);
    world.open(0, WIRED, 2);
    world.write(threshold(0), 2);
    world.drive(WIRED, true);
    for (level, expected) in [(3, true), (2, false), (7, true), (0, false)] {
        world.write(priority(WIRED), level);
        assert_eq!(world.line(0), expected, "{level}");
    }
}

#[test]
fn the_line_follows_the_enable_bit_of_what_is_pending() {
    let mut world = World::new(1);
    world.open(0, WIRED, 1);
    world.drive(WIRED, true);
    world.set_enabled(0, WIRED, false);
    assert!(!world.line(0));
    world.set_enabled(0, WIRED, true);
    assert!(world.line(0));
}

#[test]
fn claims_come_by_priority_and_then_by_number() {
    let mut world = World::new(1);
    for (number, level) in [(5, 2), (40, 7), (70, 7), (9, 2), (71, 1)] {
        world.open(0, number, level);
        world.drive(number, true);
    }
    let claimed: Vec<_> = (0..6).map(|_| world.claim(0)).collect();
    assert_eq!(claimed, [40, 70, 5, 9, 71, 0]);
}

#[test]
fn a_claim_takes_the_source_from_every_vcpu() {
    let mut world = World::new(2);
    world.open(0, WIRED, 1);
    world.open(1, WIRED, 1);
    world.drive(WIRED, true);
    assert_eq!(world.claim(1), WIRED);
    assert_eq!([world.line(0), world.line(1)], [false, false]);
    assert_eq!(world.claim(0), 0);
}

#[test]
fn a_claim_leaves_the_line_high_while_another_source_is_pending() {
    let mut world = World::new(1);
    for number in [WIRED, OTHER] {
        world.open(0, number, 1);
        world.drive(number, true);
    }
    world.claim(0);
    assert_eq!((world.line(0), world.outside.changes[0]), (true, 1));
}

#[test]
fn a_wire_that_stays_high_asks_again_after_completion_only() {
    let mut world = World::new(1);
    world.open(0, WIRED, 1);
    world.drive(WIRED, true);
    world.claim(0);
    world.drive(WIRED, true);
    assert!(!world.is_pending(WIRED));
    world.complete(0, WIRED);
    assert!(world.line(0));
}

#[test]
fn a_pulse_is_claimed_once() {
    let mut world = World::new(1);
    world.open(0, WIRED, 1);
    world.pulse(WIRED);
    world.pulse(WIRED);
    assert_eq!(world.claim(0), WIRED);
    world.complete(0, WIRED);
    assert_eq!((world.line(0), world.claim(0)), (false, 0));
}

#[test]
fn a_pulse_while_its_source_is_claimed_comes_after_the_completion() {
    let mut world = World::new(1);
    world.open(0, WIRED, 1);
    world.pulse(WIRED);
    world.claim(0);
    world.pulse(WIRED);
    assert!(!world.line(0));
    world.complete(0, WIRED);
    assert_eq!(world.claim(0), WIRED);
    world.complete(0, WIRED);
    assert!(!world.line(0));
}

#[test]
fn a_reset_forgets_a_pulse() {
    let mut world = World::new(1);
    world.open(0, WIRED, 1);
    world.pulse(WIRED);
    world.claim(0);
    world.pulse(WIRED);
    world.reset();
    world.open(0, WIRED, 1);
    assert!(!world.line(0));
}

#[test]
fn a_wire_that_is_low_at_completion_does_not_ask_again() {
    let mut world = World::new(1);
    world.open(0, WIRED, 1);
    world.drive(WIRED, true);
    world.claim(0);
    world.drive(WIRED, false);
    world.complete(0, WIRED);
    assert!(!world.is_pending(WIRED));
    world.drive(WIRED, true);
    assert!(world.line(0));
}

#[test]
fn what_is_pending_stays_so_when_its_wire_goes_low() {
    let mut world = World::new(1);
    world.open(0, WIRED, 1);
    world.drive(WIRED, true);
    world.drive(WIRED, false);
    assert_eq!(world.claim(0), WIRED);
}

#[test]
fn completing_what_is_pending_and_not_claimed_changes_nothing() {
    let mut world = World::new(1);
    world.open(0, WIRED, 1);
    world.drive(WIRED, true);
    world.complete(0, WIRED);
    assert_eq!([world.claim(0), world.claim(0)], [WIRED, 0]);
}

#[test]
fn completing_numbers_that_are_no_source_changes_nothing() {
    let mut world = World::new(1);
    world.open(0, WIRED, 1);
    world.drive(WIRED, true);
    world.claim(0);
    for number in [0, 96, 1023, 1024, 1 << 16 | WIRED, u32::MAX] {
        world.complete(0, number);
        assert!(!world.line(0), "{number:#x}");
    }
}

#[test]
fn another_vcpu_that_has_enabled_the_source_may_complete_it() {
    let mut world = World::new(2);
    world.open(0, WIRED, 1);
    world.open(1, WIRED, 1);
    world.drive(WIRED, true);
    world.claim(0);
    world.complete(1, WIRED);
    assert!(world.line(0));
}

#[test]
fn the_completion_of_a_source_disabled_meanwhile_is_ignored_until_it_is_enabled_again() {
    let mut world = World::new(1);
    world.open(0, BOUND_SOURCE, 1);
    world.drive_physical(WHICH, true);
    world.claim(0);
    world.set_enabled(0, BOUND_SOURCE, false);
    world.complete(0, BOUND_SOURCE);
    assert!(world.outside.physical[WHICH].claimed);
    world.set_enabled(0, BOUND_SOURCE, true);
    world.complete(0, BOUND_SOURCE);
    assert_eq!(world.outside.physical[WHICH].completions, 1);
}

#[test]
fn a_source_moved_to_another_vcpu_while_claimed_is_completed_there() {
    let mut world = World::new(2);
    world.open(0, BOUND_SOURCE, 1);
    world.drive_physical(WHICH, true);
    world.claim(0);
    world.set_enabled(0, BOUND_SOURCE, false);
    world.set_enabled(1, BOUND_SOURCE, true);
    world.complete(1, BOUND_SOURCE);
    // Its wire is still high: it comes again, to where it is enabled now.
    assert_eq!([world.line(0), world.line(1)], [false, true]);
}

#[test]
fn a_bound_source_is_pending_when_the_physical_one_has_been_claimed() {
    let mut world = World::new(1);
    world.open(0, BOUND_SOURCE, 1);
    world.drive_physical(WHICH, true);
    assert!(world.line(0));
    assert_eq!(world.claim(0), BOUND_SOURCE);
}

#[test]
fn the_physical_source_is_completed_with_the_virtual_one_and_not_before() {
    let mut world = World::new(1);
    world.open(0, BOUND_SOURCE, 1);
    world.drive_physical(WHICH, true);
    world.drive_physical(WHICH, false);
    world.claim(0);
    assert!(world.outside.physical[WHICH].claimed);
    world.complete(0, BOUND_SOURCE);
    assert!(!world.outside.physical[WHICH].claimed);
    assert!(!world.is_pending(BOUND_SOURCE));
}

#[test]
fn a_physical_source_that_nobody_has_enabled_is_pending_and_held() {
    let mut world = World::new(1);
    world.drive_physical(WHICH, true);
    assert!(world.is_pending(BOUND_SOURCE));
    assert!(world.outside.physical[WHICH].claimed);
}

#[test]
fn only_a_bound_source_that_is_not_held_can_be_raised() {
    let mut world = World::new(1);
    world.open(0, BOUND_SOURCE, 1);
    let raise = |world: &mut World, number| world.plic.raise(source(number), &mut world.outside);
    assert!(!raise(&mut world, WIRED));
    assert!(!raise(&mut world, 96));
    world.drive_physical(WHICH, true);
    assert!(!raise(&mut world, BOUND_SOURCE), "pending");
    world.claim(0);
    assert!(!raise(&mut world, BOUND_SOURCE), "claimed");
}

#[test]
fn a_bound_source_has_no_wire_and_a_source_that_is_not_there_neither() {
    let mut world = World::new(1);
    for number in [BOUND_SOURCE, 96, 1023] {
        world.drive(number, true);
        assert!(!world.is_pending(number), "{number}");
    }
}

#[test]
fn a_reset_completes_what_the_zone_holds_be_it_claimed_or_pending() {
    let mut world = World::new(1);
    world.open(0, BOUND[0].0, 1);
    world.drive_physical(0, true);
    world.claim(0);
    world.drive_physical(0, false);
    world.drive_physical(1, true);
    world.drive_physical(1, false);
    world.reset();
    assert_eq!(
        world.outside.physical.map(|it| (it.claimed, it.completions))[..3],
        [(false, 1), (false, 1), (false, 0)]
    );
}

#[test]
fn a_reset_lowers_the_lines_and_leaves_nothing_enabled() {
    let mut world = World::new(1);
    world.open(0, WIRED, 3);
    world.write(threshold(0), 2);
    world.drive(WIRED, true);
    world.reset();
    assert!(!world.line(0));
    assert_eq!((world.read(priority(WIRED)), world.read(threshold(0)), world.claim(0)), (0, 0, 0));
}

#[test]
fn a_wire_that_is_high_over_a_reset_is_pending_after_it() {
    let mut world = World::new(1);
    world.open(0, WIRED, 1);
    world.drive(WIRED, true);
    world.claim(0);
    world.reset();
    assert!(world.is_pending(WIRED));
}

#[test]
fn a_binding_that_contradicts_another_is_refused() {
    let mut world = World::new(1);
    let (taken, free) = (PhysicalSource::new(BOUND[WHICH].1).unwrap(), PhysicalSource::new(50).unwrap());
    let (bound, unbound) = (source(BOUND_SOURCE), source(WIRED));
    assert_eq!(world.plic.bind(bound, free), Err(BindError::Bound(bound, taken)));
    assert_eq!(world.plic.bind(unbound, taken), Err(BindError::Taken(taken, bound)));
    assert_eq!(world.plic.bind(source(96), free), Err(BindError::NoSuchSource(source(96))));
    assert_eq!(world.plic.bind(unbound, free), Ok(()));
}
