//! Virtual sources: when they are pending and when they send (AIA 1.0, 4.7 and 4.9).

mod support;

use support::*;

/// What source 9 sends when it has been made ready.
const MSI: Effect = Effect::Send(1, 109);

#[test]
fn a_rising_edge_sends_once_for_edge1() {
    let mut bench = Bench::new();
    bench.ready(9, EDGE1);
    assert_eq!(bench.wire(9, true), [MSI]);
    assert_eq!(bench.wire(9, true), []);
    assert_eq!(bench.wire(9, false), []);
    assert!(!bench.is_pending(9));
}

#[test]
fn a_falling_edge_sends_once_for_edge0() {
    let mut bench = Bench::new();
    bench.wire(9, true);
    bench.ready(9, EDGE0);
    assert_eq!(bench.wire(9, false), [MSI]);
    assert_eq!(bench.wire(9, false), []);
}

#[test]
fn an_edge_while_disabled_is_remembered() {
    let mut bench = Bench::new();
    bench.ready(9, EDGE1);
    bench.write(CLRIENUM, 9);
    bench.wire(9, true);
    bench.wire(9, false);
    assert!(bench.is_pending(9));
    assert_eq!(bench.write(SETIENUM, 9), [MSI]);
}

#[test]
fn a_level_sends_when_it_is_asserted_and_is_then_ignored() {
    for (mode, asserted) in [(LEVEL1, true), (LEVEL0, false)] {
        let mut bench = Bench::new();
        bench.wire(9, !asserted);
        bench.ready(9, mode);
        assert_eq!(bench.wire(9, asserted), [MSI]);
        assert!(!bench.is_pending(9));
        assert_eq!(bench.wire(9, asserted), []);
        bench.wire(9, !asserted);
        assert_eq!(bench.wire(9, asserted), [MSI]);
    }
}

#[test]
fn a_level_that_falls_takes_its_pending_bit_along() {
    let mut bench = Bench::new();
    bench.ready(9, LEVEL1);
    bench.write(CLRIENUM, 9);
    bench.wire(9, true);
    assert!(bench.is_pending(9));
    bench.wire(9, false);
    assert!(!bench.is_pending(9));
}

#[test]
fn setipnum_repeats_a_level_only_while_its_input_is_high() {
    let mut bench = Bench::new();
    bench.ready(9, LEVEL1);
    assert_eq!(bench.write(SETIPNUM, 9), []);
    bench.wire(9, true);
    assert_eq!(bench.write(SETIPNUM, 9), [MSI]);
}

#[test]
fn a_pending_level_can_be_cleared_while_its_input_is_high() {
    let mut bench = Bench::new();
    bench.ready(9, LEVEL1);
    bench.write(CLRIENUM, 9);
    bench.wire(9, true);
    bench.write(CLRIPNUM, 9);
    assert!(!bench.is_pending(9));
}

#[test]
fn a_detached_source_ignores_its_wire_but_takes_writes() {
    let mut bench = Bench::new();
    bench.ready(9, DETACHED);
    assert_eq!(bench.wire(9, true), []);
    assert_eq!(bench.read(IN_CLRIP), 0);
    assert_eq!(bench.write(SETIPNUM, 9), [MSI]);
}

#[test]
fn in_clrip_shows_rectified_inputs() {
    let mut bench = Bench::new();
    for (source, mode) in [(9, EDGE1), (10, EDGE0), (11, LEVEL1), (12, LEVEL0)] {
        bench.write(sourcecfg(source), mode);
    }
    assert_eq!(bench.read(IN_CLRIP), 1 << 10 | 1 << 12);
    for source in 9..13 {
        bench.wire(source, true);
    }
    assert_eq!(bench.read(IN_CLRIP), 1 << 9 | 1 << 11);
}

#[test]
fn configuring_a_source_whose_rectified_input_is_high_makes_it_pending() {
    for (mode, level) in [(EDGE1, true), (EDGE0, false), (LEVEL1, true), (LEVEL0, false)] {
        let mut bench = Bench::new();
        bench.wire(9, level);
        bench.write(sourcecfg(9), mode);
        assert!(bench.is_pending(9), "mode {mode}");
    }
}

#[test]
fn configuring_a_source_whose_rectified_input_is_low_leaves_it_alone() {
    for (mode, level) in [(EDGE1, false), (EDGE0, true), (LEVEL1, false), (LEVEL0, true)] {
        let mut bench = Bench::new();
        bench.wire(9, level);
        bench.write(sourcecfg(9), mode);
        assert!(!bench.is_pending(9), "mode {mode}");
    }
}

#[test]
fn a_source_that_is_made_level_sensitive_is_not_pending_while_its_input_is_low() {
    let mut bench = Bench::new();
    bench.write(sourcecfg(9), EDGE1);
    bench.write(SETIPNUM, 9);
    bench.write(sourcecfg(9), LEVEL1);
    assert!(!bench.is_pending(9));
}

#[test]
fn a_change_between_edges_keeps_the_pending_bit() {
    let mut bench = Bench::new();
    bench.write(sourcecfg(9), EDGE1);
    bench.write(SETIPNUM, 9);
    bench.write(sourcecfg(9), DETACHED);
    assert!(bench.is_pending(9));
}

#[test]
fn nothing_is_sent_until_the_domain_is_on() {
    let mut bench = Bench::new();
    bench.ready(9, EDGE1);
    bench.ready(34, DETACHED);
    bench.write(DOMAINCFG, 0);
    assert_eq!(bench.wire(9, true), []);
    assert_eq!(bench.write(SETIPNUM, 34), []);
    assert_eq!(bench.write(DOMAINCFG, IE), [MSI, Effect::Send(1, 134)]);
}

#[test]
fn a_word_of_sources_sends_lowest_first() {
    let mut bench = Bench::new();
    for source in [12, 9, 10] {
        bench.ready(source, DETACHED);
    }
    let sent = [9, 10, 12].map(|source| Effect::Send(1, 100 + source));
    assert_eq!(bench.write(SETIP, !0), sent);
}

#[test]
fn an_msi_to_a_hart_outside_the_zone_is_dropped() {
    let mut bench = Bench::new();
    bench.ready(9, EDGE1);
    for hart in [3, 4, 64, 256, 0x3fff] {
        bench.write(target(9), to(hart, 1));
        assert_eq!(bench.read(target(9)), to(hart, 1));
        assert_eq!(bench.write(SETIPNUM, 9), []);
        assert!(!bench.is_pending(9));
    }
}

#[test]
fn reset_keeps_the_wire() {
    let mut bench = Bench::new();
    bench.ready(9, LEVEL1);
    bench.wire(9, true);
    bench.vaplic.reset(&mut bench.outside);
    bench.write(sourcecfg(9), LEVEL1);
    assert!(bench.is_pending(9));
}

#[test]
fn a_wire_of_no_source_of_the_zone_does_nothing() {
    let mut bench = Bench::new();
    bench.write(DOMAINCFG, IE);
    assert_eq!(bench.wire(u32::from(SOURCES) + 1, true), []);
    assert_eq!(bench.wire(1023, true), []);
}
