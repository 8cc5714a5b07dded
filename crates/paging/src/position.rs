//! Where an input address lies in the tables.
//!
//! A *position* is an input address without the bits above the width of the input address space: what indexes
//! the tables. In a format whose addresses are sign-extended the two differ in the upper half, and an address
//! whose upper bits are not copies of its highest one is no address at all.

use crate::Format;

/// The highest value of `bits` bits (1 to 64).
pub(crate) fn last(bits: u8) -> u64 {
    u64::MAX.checked_shr(unused(bits)).unwrap_or(0)
}

/// The position of an input address; `None` outside the input address space of `bits` bits.
pub(crate) fn of<F: Format>(input: F::Input, bits: u8) -> Option<u64> {
    let position = F::raw(input) & last(bits);
    (extend::<F>(position, bits) == F::raw(input)).then_some(position)
}

/// The input address at a position.
pub(crate) fn input<F: Format>(position: u64, bits: u8) -> F::Input {
    F::input(extend::<F>(position, bits))
}

/// The positions of the first byte and behind the last byte of `size` bytes; `None` where there are none or they
/// are not all inside the input address space.
pub(crate) fn range<F: Format>(start: F::Input, size: u64, bits: u8) -> Option<(u64, u64)> {
    let to_last = size.checked_sub(1)?;
    let last = F::raw(start).checked_add(to_last)?;
    let (first, last) = (of::<F>(start, bits)?, of::<F>(F::input(last), bits)?);
    // Both ends may be addresses and what lies between them not: the gap between the halves.
    let whole = last.checked_sub(first) == Some(to_last);
    whole.then_some((first, last.checked_add(1)?))
}

fn extend<F: Format>(position: u64, bits: u8) -> u64 {
    if !F::SIGN_EXTENDED {
        return position;
    }
    position.wrapping_shl(unused(bits)).cast_signed().wrapping_shr(unused(bits)).cast_unsigned()
}

/// Bits of 64 above the lowest `bits`.
fn unused(bits: u8) -> u32 {
    u64::BITS.saturating_sub(u32::from(bits))
}
