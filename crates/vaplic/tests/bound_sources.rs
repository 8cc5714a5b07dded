//! Bound sources: what the physical APLIC is asked and told. Virtual source 7 is bound to physical source 70.

mod support;

use support::*;
use vaplic::BindError;

#[test]
fn activating_a_source_sets_its_mode_and_its_route() {
    let mut bench = Bench::new();
    bench.write(target(7), to(1, 20));
    let told = bench.write(sourcecfg(7), LEVEL1);
    assert_eq!(told, [Effect::SetMode(70, 6), Effect::Route(70, Some((1, 20)))]);
}

#[test]
fn every_mode_reaches_the_physical_source_and_reserved_ones_as_detached() {
    let mut bench = Bench::new();
    bench.write(sourcecfg(7), DETACHED);
    for (written, physical) in [(1, 1), (2, 1), (3, 1), (4, 4), (5, 5), (6, 6), (7, 7)] {
        assert_eq!(bench.write(sourcecfg(7), written), [Effect::SetMode(70, physical)]);
    }
}

#[test]
fn a_target_reaches_the_physical_source_while_it_is_active() {
    let mut bench = Bench::new();
    assert_eq!(bench.write(target(7), to(1, 20)), []);
    bench.write(sourcecfg(7), EDGE1);
    assert_eq!(bench.write(target(7), to(2, 21)), [Effect::Route(70, Some((2, 21)))]);
}

#[test]
fn a_target_outside_the_zone_routes_to_nobody() {
    let mut bench = Bench::new();
    bench.write(sourcecfg(7), EDGE1);
    for hart in [3, 4, 64, 256, 0x3fff] {
        assert_eq!(bench.write(target(7), to(hart, 1)), [Effect::Route(70, None)]);
    }
}

#[test]
fn enabling_reaches_the_physical_source_while_the_domain_is_on() {
    let mut bench = Bench::new();
    bench.write(sourcecfg(7), EDGE1);
    bench.write(DOMAINCFG, IE);
    assert_eq!(bench.write(SETIE, !0), [Effect::Enable(70, true)]);
    assert_eq!(bench.write(SETIENUM, 7), []);
    assert_eq!(bench.write(CLRIE, !0), [Effect::Enable(70, false)]);
    assert_eq!(bench.write(CLRIENUM, 7), []);
}

#[test]
fn switching_the_domain_on_and_off_enables_and_disables_what_is_enabled() {
    let mut bench = Bench::new();
    for source in [7, 8, 33] {
        bench.write(sourcecfg(source), EDGE1);
    }
    assert_eq!(bench.write(SETIENUM, 7), []);
    assert_eq!(bench.write(SETIENUM, 33), []);
    assert_eq!(bench.write(DOMAINCFG, IE), [Effect::Enable(70, true), Effect::Enable(7, true)]);
    assert_eq!(bench.write(DOMAINCFG, IE), []);
    assert_eq!(bench.write(DOMAINCFG, 0), [Effect::Enable(70, false), Effect::Enable(7, false)]);
}

#[test]
fn a_source_that_is_activated_again_has_to_be_enabled_again() {
    let mut bench = Bench::new();
    bench.ready(7, EDGE1);
    assert_eq!(bench.write(sourcecfg(7), 0), [Effect::SetMode(70, 0)]);
    bench.write(sourcecfg(7), EDGE1);
    assert_eq!(bench.read(SETIE), 0);
    assert_eq!(bench.write(SETIENUM, 7), [Effect::Enable(70, true)]);
}

#[test]
fn pending_bits_and_inputs_are_those_of_the_physical_source() {
    let mut bench = Bench::new();
    for source in [7, 8, 33] {
        bench.write(sourcecfg(source), LEVEL1);
    }
    bench.outside.pending = vec![70, 7];
    bench.outside.inputs = vec![5];
    assert_eq!([SETIP, SETIP + 4].map(|offset| bench.read(offset)), [1 << 7, 1 << 1]);
    assert_eq!([IN_CLRIP, IN_CLRIP + 4].map(|offset| bench.read(offset)), [1 << 8, 0]);
}

#[test]
fn an_inactive_source_shows_nothing_of_the_physical_one() {
    let mut bench = Bench::new();
    bench.outside.pending = vec![70];
    bench.outside.inputs = vec![70];
    assert_eq!([SETIP, IN_CLRIP].map(|offset| bench.read(offset)), [0, 0]);
    bench.write(sourcecfg(7), DETACHED);
    assert_eq!(bench.read(IN_CLRIP), 0);
}

#[test]
fn setting_and_clearing_pending_reaches_active_sources_alone() {
    let mut bench = Bench::new();
    bench.write(sourcecfg(7), EDGE1);
    assert_eq!(bench.write(SETIP, !0), [Effect::SetPending(70)]);
    assert_eq!(bench.write(SETIPNUM, 7), [Effect::SetPending(70)]);
    assert_eq!(bench.write(SETIPNUM, 8), []);
    assert_eq!(bench.write(IN_CLRIP, !0), [Effect::ClearPending(70)]);
    assert_eq!(bench.write(CLRIPNUM, 7), [Effect::ClearPending(70)]);
}

#[test]
fn a_bound_source_has_no_virtual_wire() {
    let mut bench = Bench::new();
    bench.ready(7, LEVEL1);
    assert_eq!(bench.wire(7, true), []);
    assert_eq!([SETIP, IN_CLRIP].map(|offset| bench.read(offset)), [0, 0]);
}

#[test]
fn reset_makes_every_bound_source_inactive() {
    let mut bench = Bench::new();
    bench.ready(7, LEVEL1);
    bench.vaplic.reset(&mut bench.outside);
    let told = bench.outside.take();
    assert_eq!(told, [Effect::SetMode(70, 0), Effect::SetMode(5, 0), Effect::SetMode(7, 0)]);
    let nonzero: Vec<u32> = (0..0x8000).step_by(4).filter(|&offset| bench.read(offset) != 0).collect();
    assert_eq!(nonzero, [DOMAINCFG]);
}

#[test]
fn a_second_binding_is_refused_with_the_name_of_the_first() {
    let mut bench = Bench::new();
    let mut bind = |source, physical| bench.vaplic.bind(source_of(source), physical_of(physical));
    assert_eq!(bind(7, 71), Err(BindError::Bound(source_of(7), physical_of(70))));
    assert_eq!(bind(9, 70), Err(BindError::Taken(physical_of(70), source_of(7))));
    assert_eq!(bind(41, 71), Err(BindError::NoSuchSource(source_of(41))));
    assert_eq!(bind(9, 71), Ok(()));
}
