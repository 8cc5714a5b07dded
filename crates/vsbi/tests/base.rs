//! What a guest learns of its firmware, and what it is told of what is not there.

mod common;

use common::*;
use vsbi::{Error, IMPLEMENTATION_ID, Reply};

#[test]
fn the_specification_is_sbi_2_0() {
    assert_eq!(call(&zone(1), BASE, 0, &[]), value(0x0200_0000));
}

#[test]
fn the_implementation_is_none_that_has_an_assigned_number() {
    assert_eq!(call(&zone(1), BASE, 1, &[]), value(IMPLEMENTATION_ID));
    const { assert!(IMPLEMENTATION_ID > 0xffff && IMPLEMENTATION_ID < 1 << 31) };
}

#[test]
fn the_implementation_version_is_that_of_the_crate() {
    assert_eq!(env!("CARGO_PKG_VERSION"), "0.1.0");
    assert_eq!(call(&zone(1), BASE, 2, &[]), value(1));
}

#[test]
fn probing_finds_exactly_what_is_served() {
    let others =
        (0..0x100).chain(NOT_SERVED).chain([u64::MAX, 1 << 32 | BASE, 1 << 63, 0x0a00_0000, 0x0900_0000]);
    for extension in others.chain(SERVED) {
        let expected = SERVED.contains(&extension);
        assert_eq!(call(&zone(1), BASE, 3, &[extension]), value(expected.into()), "{extension:#x}");
    }
}

#[test]
fn machine_ids_are_those_that_the_hypervisor_gave() {
    assert_eq!(call(&zone(1), BASE, 4, &[]), value(IDENTITY.vendor));
    assert_eq!(call(&zone(1), BASE, 5, &[]), value(IDENTITY.architecture));
    assert_eq!(call(&zone(1), BASE, 6, &[]), value(IDENTITY.implementation));
}

#[test]
fn extensions_that_are_not_served_answer_so() {
    for extension in NOT_SERVED.into_iter().chain([0x11, 0x0a00_0000, 1 << 32 | BASE, u64::MAX]) {
        for function in [0, 1, 2, u64::MAX] {
            assert_eq!(
                call(&zone(1), extension, function, &[]),
                error(Error::NotSupported),
                "{extension:#x}"
            );
        }
    }
}

#[test]
fn reserved_legacy_extensions_answer_by_the_legacy_convention() {
    for extension in 9..0x10 {
        assert_eq!(call(&zone(1), extension, 0, &[]), legacy_error(Error::NotSupported), "{extension:#x}");
    }
}

#[test]
fn functions_that_an_extension_has_not_answer_so() {
    for (extension, functions) in
        [(BASE, 7), (TIME, 1), (IPI, 1), (RFENCE, 3), (HSM, 4), (SRST, 1), (DBCN, 3)]
    {
        for function in [functions, functions + 1, 1 << 32, u64::MAX] {
            let answer = call(&zone(1), extension, function, &[1, 0]);
            assert_eq!(answer, error(Error::NotSupported), "{extension:#x} function {function:#x}");
        }
    }
}

#[test]
fn error_codes_are_those_of_the_specification() {
    for (error, code) in [
        (Error::Failed, -1i64),
        (Error::NotSupported, -2),
        (Error::InvalidParam, -3),
        (Error::InvalidAddress, -5),
        (Error::AlreadyAvailable, -6),
    ] {
        assert_eq!(Reply::error(error), Reply { a0: code as u64, a1: Some(0) }, "{error:?}");
    }
}
