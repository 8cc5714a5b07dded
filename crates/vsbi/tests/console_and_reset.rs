//! The debug console and the end of the zone.

mod common;

use addr::{GuestPhys, Range};
use common::*;
use vsbi::{Error, Outcome, Reply, Reset, ResetReason};

fn range(start: u64, size: u64) -> Range<GuestPhys> {
    Range::<GuestPhys>::new(GuestPhys::new(start), size).unwrap()
}

#[test]
fn console_write_and_read_name_the_guests_memory() {
    assert_eq!(call(&zone(1), DBCN, 0, &[5, 0x8000_0001, 0]), Outcome::ConsoleWrite(range(0x8000_0001, 5)));
    assert_eq!(call(&zone(1), DBCN, 1, &[5, 0x8000_0001, 0]), Outcome::ConsoleRead(range(0x8000_0001, 5)));
}

#[test]
fn no_bytes_are_a_success_at_any_address() {
    for function in [0, 1] {
        assert_eq!(call(&zone(1), DBCN, function, &[0, u64::MAX, u64::MAX]), value(0));
    }
}

#[test]
fn memory_that_no_guest_can_have_is_an_invalid_parameter() {
    for arguments in [[1, 0x8000_0000, 1], [2, u64::MAX, 0], [u64::MAX, 0x8000_0000, 0]] {
        for function in [0, 1] {
            assert_eq!(
                call(&zone(1), DBCN, function, &arguments),
                error(Error::InvalidParam),
                "{arguments:x?}"
            );
        }
    }
}

#[test]
fn console_write_byte_takes_8_bits() {
    let expected = Outcome::ConsoleWriteByte { byte: b'A', reply: Reply::SUCCESS };
    assert_eq!(call(&zone(1), DBCN, 2, &[0xffff_ff41]), expected);
}

#[test]
fn system_reset_ends_or_restarts_the_zone() {
    for (kind, reset) in [(0, Reset::Shutdown), (1, Reset::ColdReboot), (2, Reset::WarmReboot)] {
        for (code, reason) in [(0, ResetReason::None), (1, ResetReason::SystemFailure)] {
            assert_eq!(call(&zone(1), SRST, 0, &[kind, code]), Outcome::SystemReset(reset, reason));
        }
    }
}

#[test]
fn types_and_reasons_of_reset_have_32_bits() {
    let junk = 0xdead_0000_0000_0000;
    let expected = Outcome::SystemReset(Reset::ColdReboot, ResetReason::SystemFailure);
    assert_eq!(call(&zone(1), SRST, 0, &[junk | 1, junk | 1]), expected);
}

#[test]
fn reserved_and_vendors_types_and_reasons_are_refused() {
    for kind in [3, 0xefff_ffff, 0xf000_0000, 0xffff_ffff] {
        assert_eq!(call(&zone(1), SRST, 0, &[kind, 0]), error(Error::InvalidParam), "type {kind:#x}");
    }
    for reason in [2, 0xdfff_ffff, 0xe000_0000, 0xf000_0000, 0xffff_ffff] {
        assert_eq!(call(&zone(1), SRST, 0, &[0, reason]), error(Error::InvalidParam), "reason {reason:#x}");
    }
}
