//! Each register by itself, on sources that are not bound (AIA 1.0, 4.5).

mod support;

use support::*;
use vaplic::{Bank, Config, ConfigError, Vaplic, Width};

#[test]
fn after_reset_only_domaincfg_reads_as_nonzero() {
    let bench = Bench::new();
    let nonzero: Vec<u32> = (0..0x8000).step_by(4).filter(|&offset| bench.read(offset) != 0).collect();
    assert_eq!(nonzero, [DOMAINCFG]);
}

#[test]
fn domaincfg_shows_msi_delivery_and_little_endian_order_whatever_is_written() {
    let mut bench = Bench::new();
    assert_eq!(bench.read(DOMAINCFG), 0x8000_0004);
    bench.write(DOMAINCFG, !IE);
    assert_eq!(bench.read(DOMAINCFG), 0x8000_0004);
    bench.write(DOMAINCFG, !0);
    assert_eq!(bench.read(DOMAINCFG), 0x8000_0104);
}

#[test]
fn sourcecfg_keeps_the_source_mode_and_nothing_else() {
    let mut bench = Bench::new();
    for mode in 0..8 {
        bench.write(sourcecfg(9), 0xffff_fbf8 | mode);
        assert_eq!(bench.read(sourcecfg(9)), mode);
    }
}

#[test]
fn sourcecfg_is_zero_after_an_attempt_to_delegate() {
    let mut bench = Bench::new();
    bench.write(sourcecfg(9), EDGE1);
    bench.write(sourcecfg(9), 1 << 10 | EDGE1);
    assert_eq!(bench.read(sourcecfg(9)), 0);
}

#[test]
fn sources_beyond_the_last_have_no_registers() {
    let mut bench = Bench::new();
    let beyond = u32::from(SOURCES) + 1;
    bench.write(sourcecfg(beyond), EDGE1);
    bench.write(target(beyond), to(1, 1));
    bench.write(SETIP + 4, !0);
    bench.write(SETIE + 4, !0);
    bench.write(SETIPNUM, beyond);
    bench.write(SETIENUM, beyond);
    for offset in [sourcecfg(beyond), target(beyond), SETIP + 4, SETIE + 4, SETIP + 8, SETIE + 8] {
        assert_eq!(bench.read(offset), 0, "{offset:#x}");
    }
}

#[test]
fn the_words_of_pending_and_enable_bits_have_no_source_0() {
    let mut bench = Bench::new();
    for source in 1..=u32::from(SOURCES) {
        if BOUND.iter().all(|&(bound, _)| bound != source) {
            bench.write(sourcecfg(source), DETACHED);
        }
    }
    bench.write(SETIP, !0);
    bench.write(SETIE, !0);
    let bound = 1 << 7 | 1 << 8;
    assert_eq!(bench.read(SETIP), !1 & !bound);
    assert_eq!(bench.read(SETIE), !1 & !bound);
}

#[test]
fn an_inactive_source_takes_no_pending_enable_or_target() {
    let mut bench = Bench::new();
    bench.write(SETIPNUM, 9);
    bench.write(SETIENUM, 9);
    bench.write(target(9), to(1, 1));
    assert_eq!([SETIP, SETIE, target(9)].map(|offset| bench.read(offset)), [0, 0, 0]);
}

#[test]
fn a_source_that_becomes_inactive_loses_pending_and_enable() {
    let mut bench = Bench::new();
    bench.write(sourcecfg(9), DETACHED);
    bench.write(SETIPNUM, 9);
    bench.write(SETIENUM, 9);
    bench.write(sourcecfg(9), 0);
    bench.write(sourcecfg(9), DETACHED);
    assert_eq!([SETIP, SETIE].map(|offset| bench.read(offset)), [0, 0]);
}

#[test]
fn a_source_that_becomes_active_shows_the_target_that_was_last_written() {
    let mut bench = Bench::new();
    bench.write(target(9), to(1, 5));
    bench.write(sourcecfg(9), EDGE1);
    assert_eq!(bench.read(target(9)), to(1, 5));
}

#[test]
fn pending_bits_are_set_by_word_and_by_number_in_either_byte_order() {
    let mut bench = Bench::new();
    for source in 9..13 {
        bench.write(sourcecfg(source), DETACHED);
    }
    bench.write(SETIP, 1 << 9);
    bench.write(SETIPNUM, 10);
    bench.write(SETIPNUM_LE, 11);
    bench.write(SETIPNUM_BE, 12u32.swap_bytes());
    assert_eq!(bench.read(SETIP), 0xf << 9);
}

#[test]
fn pending_bits_are_cleared_by_word_and_by_number() {
    let mut bench = Bench::new();
    for source in 9..12 {
        bench.write(sourcecfg(source), EDGE1);
        bench.write(SETIPNUM, source);
    }
    bench.write(IN_CLRIP, 1 << 9);
    bench.write(CLRIPNUM, 10);
    assert_eq!(bench.read(SETIP), 1 << 11);
}

#[test]
fn enable_bits_are_set_and_cleared_by_word_and_by_number() {
    let mut bench = Bench::new();
    for source in 34..38 {
        bench.write(sourcecfg(source), DETACHED);
    }
    bench.write(SETIE + 4, 7 << 2);
    bench.write(SETIENUM, 37);
    assert_eq!(bench.read(SETIE + 4), 0xf << 2);
    bench.write(CLRIE + 4, 1 << 2);
    bench.write(CLRIENUM, 36);
    assert_eq!(bench.read(SETIE + 4), 1 << 3 | 1 << 5);
}

#[test]
fn registers_by_number_and_clrie_read_as_zero() {
    let mut bench = Bench::new();
    bench.write(sourcecfg(9), DETACHED);
    for offset in [SETIPNUM, CLRIPNUM, SETIENUM, CLRIENUM, SETIPNUM_LE, SETIPNUM_BE] {
        bench.write(offset, 9);
        assert_eq!(bench.read(offset), 0, "{offset:#x}");
    }
    bench.write(SETIENUM, 9);
    assert_eq!(bench.read(CLRIE), 0);
}

#[test]
fn numbers_that_are_no_source_are_ignored() {
    let mut bench = Bench::new();
    bench.write(sourcecfg(9), DETACHED);
    for number in [0, 41, 32 << 5 | 9, 1 << 16 | 9, 1 << 31 | 9, !0] {
        bench.write(SETIPNUM, number);
        bench.write(SETIENUM, number);
    }
    assert_eq!([SETIP, SETIP + 4, SETIE, SETIE + 4].map(|offset| bench.read(offset)), [0; 4]);
}

#[test]
fn target_keeps_hart_index_and_eiid_and_has_no_guest_index() {
    let mut bench = Bench::new();
    bench.write(sourcecfg(9), EDGE1);
    bench.write(target(9), !0);
    assert_eq!(bench.read(target(9)), 0xfffc_07ff);
}

#[test]
fn genmsi_sends_even_while_the_domain_is_off_and_is_never_busy() {
    let mut bench = Bench::new();
    assert_eq!(bench.write(GENMSI, to(2, 0x7ff) | 1 << 12), [Effect::SendExtempore(2, 0x7ff)]);
    assert_eq!(bench.read(GENMSI), to(2, 0x7ff));
}

#[test]
fn genmsi_to_a_hart_outside_the_zone_sends_nothing() {
    let mut bench = Bench::new();
    for hart in [3, 4, 64, 256, 0x3fff] {
        assert_eq!(bench.write(GENMSI, to(hart, 1)), []);
    }
}

#[test]
fn a_write_of_another_width_changes_nothing() {
    let mut bench = Bench::new();
    for width in [Width::Byte, Width::Half, Width::Double] {
        bench.vaplic.write(sourcecfg(9), width, EDGE1, &mut bench.outside);
    }
    assert_eq!(bench.read(sourcecfg(9)), 0);
}

#[test]
fn a_read_of_another_width_or_alignment_is_zero() {
    let bench = Bench::new();
    for width in [Width::Byte, Width::Half, Width::Double] {
        assert_eq!(bench.vaplic.read(DOMAINCFG, width, &bench.outside), 0);
    }
    assert_eq!(bench.read(DOMAINCFG + 1), 0);
}

#[test]
fn every_source_of_the_largest_aplic_can_send() {
    let mut banks = vec![Bank::new(); Config::banks(1023)];
    let mut vaplic = Vaplic::new(Config { sources: 1023, vcpus: 64 }, &mut banks).unwrap();
    let mut outside = Recorder::default();
    for source in 1..=1023 {
        vaplic.write(sourcecfg(source), Width::Word, DETACHED, &mut outside);
        vaplic.write(target(source), Width::Word, to(63, source), &mut outside);
        vaplic.write(SETIENUM, Width::Word, source, &mut outside);
        vaplic.write(SETIPNUM, Width::Word, source, &mut outside);
    }
    vaplic.write(DOMAINCFG, Width::Word, IE, &mut outside);
    let all: Vec<Effect> = (1..=1023).map(|source| Effect::Send(63, source)).collect();
    assert_eq!(outside.take(), all);
}

#[test]
fn a_configuration_that_no_aplic_can_have_is_refused() {
    let mut banks = vec![Bank::new(); 2];
    let mut refusal = |sources, vcpus| Vaplic::new(Config { sources, vcpus }, &mut banks).unwrap_err();
    assert_eq!(refusal(0, 1), ConfigError::Sources(0));
    assert_eq!(refusal(1024, 1), ConfigError::Sources(1024));
    assert_eq!(refusal(1, 0), ConfigError::Vcpus(0));
    assert_eq!(refusal(1, 65), ConfigError::Vcpus(65));
    assert_eq!(refusal(64, 1), ConfigError::Banks { given: 2, needed: 3 });
}
