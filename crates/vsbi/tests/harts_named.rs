//! Interrupts and fences for other harts, timers, and which harts a mask can name.

mod common;

use common::*;
use vsbi::{Error, Fence, Outcome, Reply, Span, VcpuId};

/// The vCPUs that get the IPI of a mask; an error's code otherwise.
fn ipi(vcpus: usize, mask: u64, base: u64) -> Result<Vec<usize>, u64> {
    match call(&zone(vcpus), IPI, 0, &[mask, base]) {
        Outcome::SendIpi { vcpus, reply: Reply::SUCCESS } => Ok(vcpus.iter().map(VcpuId::index).collect()),
        Outcome::Return(reply) => Err(reply.a0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_mask_names_harts_from_its_base_on() {
    assert_eq!(ipi(8, 0b1011, 0), Ok(vec![0, 1, 3]));
    assert_eq!(ipi(8, 0b1011, 4), Ok(vec![4, 5, 7]));
    assert_eq!(ipi(64, 1 << 63 | 1, 0), Ok(vec![0, 63]));
    assert_eq!(ipi(64, 1, 63), Ok(vec![63]));
}

#[test]
fn the_base_minus_1_names_every_hart_of_the_zone_and_the_mask_nothing() {
    for mask in [0, 1, u64::MAX] {
        assert_eq!(ipi(3, mask, EVERY_HART), Ok(vec![0, 1, 2]));
    }
    assert_eq!(ipi(64, 0, EVERY_HART), Ok((0..64).collect()));
}

#[test]
fn an_empty_mask_is_a_success_without_effect() {
    assert_eq!(ipi(2, 0, 0), Ok(vec![]));
}

#[test]
fn a_mask_that_names_one_hart_outside_the_zone_is_refused_as_a_whole() {
    let invalid = Err(Error::InvalidParam.register());
    for (mask, base) in
        [(0b101, 0), (1 << 63, 0), (0b11, 1), (1, 2), (0, 2), (1, 64), (1 << 63, 1), (0, u64::MAX - 1)]
    {
        assert_eq!(ipi(2, mask, base), invalid, "mask {mask:#x}, base {base:#x}");
    }
    assert_eq!(ipi(64, 0b11, 63), invalid, "a bit beyond the last hart that can be");
}

#[test]
fn fence_i_goes_to_the_harts_of_its_mask() {
    let outcome = call(&zone(4), RFENCE, 0, &[0b110, 0]);
    let Outcome::Fence { fence: Fence::Instructions, vcpus, reply: Reply::SUCCESS } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(vcpus.bits(), 0b110);
}

/// The fence of sfence.vma over `size` bytes from `start`.
fn sfence(start: u64, size: u64) -> Result<Fence, u64> {
    match call(&zone(1), RFENCE, 1, &[1, 0, start, size, 77]) {
        Outcome::Fence { fence, .. } => Ok(fence),
        Outcome::Return(reply) => Err(reply.a0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn sfence_vma_covers_the_pages_that_its_range_touches() {
    for (start, size, first, count) in [
        (0x1000, 0x1000, 0x1000, 1),
        (0x1000, 1, 0x1000, 1),
        (0x1fff, 2, 0x1000, 2),
        (0x1800, 0x1000, 0x1000, 2),
        (0x1000, 64 * 4096, 0x1000, 64),
        (0, 1, 0, 1),
        (u64::MAX - 4095, 4096, u64::MAX - 4095, 1),
    ] {
        let expected = Fence::Translations(Span::Pages { first, count }, None);
        assert_eq!(sfence(start, size), Ok(expected), "{size:#x} bytes from {start:#x}");
    }
}

#[test]
fn an_empty_range_covers_no_page() {
    for start in [0x5000, 0x5008] {
        let expected = Fence::Translations(Span::Pages { first: 0x5000, count: 0 }, None);
        assert_eq!(sfence(start, 0), Ok(expected), "{start:#x}");
    }
}

#[test]
fn the_two_ways_to_say_everything_and_any_long_range_cover_everything() {
    for (start, size) in [(0, 0), (0, u64::MAX), (0x1000, u64::MAX), (0x1001, 64 * 4096), (0x1000, 1 << 60)] {
        assert_eq!(
            sfence(start, size),
            Ok(Fence::Translations(Span::Everything, None)),
            "{size:#x} from {start:#x}"
        );
    }
}

#[test]
fn a_range_beyond_the_last_address_is_an_invalid_address() {
    for (start, size) in [(u64::MAX, 2), (u64::MAX - 4095, 4097), (3, u64::MAX - 1)] {
        assert_eq!(sfence(start, size), Err(Error::InvalidAddress.register()), "{size:#x} from {start:#x}");
    }
}

#[test]
fn sfence_vma_with_asid_takes_the_16_bits_that_an_asid_has() {
    let outcome = call(&zone(1), RFENCE, 2, &[1, 0, 0x1000, 0x1000, 0xffff_ffff_ffff_0042]);
    let Outcome::Fence { fence, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(fence, Fence::Translations(Span::Pages { first: 0x1000, count: 1 }, Some(0x42)));
}

#[test]
fn fences_for_guests_of_a_guest_are_not_supported() {
    for function in 3..7 {
        assert_eq!(
            call(&zone(1), RFENCE, function, &[1, 0, 0, 0, 0]),
            error(Error::NotSupported),
            "{function}"
        );
    }
}

#[test]
fn fences_on_harts_outside_the_zone_are_refused() {
    for function in 0..3 {
        let answer = call(&zone(2), RFENCE, function, &[0b100, 0, 0x1000, 0x1000, 0]);
        assert_eq!(answer, error(Error::InvalidParam), "{function}");
    }
}

#[test]
fn set_timer_passes_its_deadline_on() {
    for deadline in [0, 12345, u64::MAX] {
        let expected = Outcome::SetTimer { deadline, reply: Reply::SUCCESS };
        assert_eq!(call(&zone(1), TIME, 0, &[deadline]), expected);
    }
}
