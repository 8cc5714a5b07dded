//! The calls of SBI 0.1, which old kernels make.

mod common;

use common::*;
use vsbi::{Error, Fence, Outcome, Reply, Reset, ResetReason, Sbi, Span};

/// A legacy call; the function id holds what no legacy caller sets.
fn legacy(sbi: &Sbi, extension: u64, arguments: &[u64]) -> Outcome {
    call(sbi, extension, 0xdead, arguments)
}

/// A legacy call whose mask, at the address of its first argument, is `mask`.
fn masked(vcpus: usize, extension: u64, mask: u64, arguments: &[u64]) -> Outcome {
    let sbi = zone(vcpus);
    let outcome = legacy(&sbi, extension, arguments);
    let Outcome::ReadMask(call) = outcome else { panic!("{outcome:?}") };
    assert_eq!(call.address(), arguments[0]);
    sbi.finish(call, mask)
}

/// The fence of an outcome, and the bitmap of the vCPUs that execute it.
fn fence(outcome: Outcome) -> (Fence, u64) {
    match outcome {
        Outcome::Fence { fence, vcpus, reply } if reply == Reply::legacy(0) => (fence, vcpus.bits()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn results_leave_a1_as_it_was() {
    assert_eq!(Reply::legacy(3), Reply { a0: 3, a1: None });
}

#[test]
fn set_timer_passes_its_deadline_on() {
    let expected = Outcome::SetTimer { deadline: 99, reply: Reply::legacy(0) };
    assert_eq!(legacy(&zone(1), 0, &[99]), expected);
}

#[test]
fn putchar_writes_a_byte() {
    let expected = Outcome::ConsoleWriteByte { byte: b'A', reply: Reply::legacy(0) };
    assert_eq!(legacy(&zone(1), 1, &[0x141]), expected);
}

#[test]
fn getchar_gives_the_byte_or_minus_1() {
    assert_eq!(legacy(&zone(1), 2, &[]), Outcome::ConsoleReadByte);
    assert_eq!(Reply::legacy_byte(Some(0xff)), Reply::legacy(0xff));
    assert_eq!(Reply::legacy_byte(None), Reply::legacy(u64::MAX));
}

#[test]
fn clear_ipi_clears_the_callers() {
    assert_eq!(legacy(&zone(1), 3, &[]), Outcome::ClearIpi);
}

#[test]
fn send_ipi_goes_to_the_harts_of_the_mask_in_memory() {
    let outcome = masked(4, 4, 0b1010, &[0x1000]);
    let Outcome::SendIpi { vcpus, reply } = outcome else { panic!("{outcome:?}") };
    assert_eq!((vcpus.bits(), reply), (0b1010, Reply::legacy(0)));
}

#[test]
fn fences_go_to_the_harts_of_the_mask_in_memory() {
    let span = Span::Pages { first: 0x4000, count: 2 };
    assert_eq!(fence(masked(4, 5, 0b10, &[0x1000])), (Fence::Instructions, 0b10));
    assert_eq!(
        fence(masked(4, 6, 0b11, &[0x1000, 0x4000, 0x2000, 5])),
        (Fence::Translations(span, None), 0b11)
    );
    assert_eq!(
        fence(masked(4, 7, 0b11, &[0x1000, 0x4000, 0x2000, 5])),
        (Fence::Translations(span, Some(5)), 0b11)
    );
}

#[test]
fn a_mask_at_address_0_means_every_hart_and_is_not_read() {
    assert_eq!(fence(legacy(&zone(3), 5, &[0])), (Fence::Instructions, 0b111));
    assert!(matches!(legacy(&zone(3), 4, &[0]), Outcome::SendIpi { vcpus, .. } if vcpus.bits() == 0b111));
}

#[test]
fn harts_outside_the_zone_are_refused_by_the_legacy_convention() {
    for extension in 4..8 {
        let refused = masked(2, extension, 0b100, &[0x1000]);
        assert_eq!(refused, legacy_error(Error::InvalidParam), "{extension}");
    }
}

#[test]
fn a_range_beyond_the_last_address_is_refused_without_reading_the_mask() {
    for extension in [6, 7] {
        let refused = legacy(&zone(2), extension, &[0x1000, u64::MAX, 2]);
        assert_eq!(refused, legacy_error(Error::InvalidAddress), "{extension}");
    }
}

#[test]
fn shutdown_ends_the_zone() {
    assert_eq!(legacy(&zone(1), 8, &[]), Outcome::SystemReset(Reset::Shutdown, ResetReason::None));
}
