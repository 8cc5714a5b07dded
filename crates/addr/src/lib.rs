//! Addresses as types: guest-physical, host-physical and hypervisor-virtual addresses never mix, and no
//! arithmetic on them wraps.
//!
//! A [`GuestPhys`] is what Arm calls an intermediate physical address (IPA) and RISC-V a guest physical
//! address (GPA): the input of stage 2 (G-stage). A [`HostPhys`] is its output. A [`HypVirt`] is an address
//! in the hypervisor's own stage-1 map.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)
)]

use core::fmt;

/// Bytes in the smallest page that every supported architecture translates (4 KiB).
pub const PAGE_SIZE: u64 = 4096;

macro_rules! address {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[repr(transparent)]
        pub struct $name(u64);

        impl $name {
            /// Wraps a raw address.
            pub const fn new(raw: u64) -> Self {
                Self(raw)
            }

            /// The raw address.
            pub const fn raw(self) -> u64 {
                self.0
            }

            /// The address `bytes` further on, or `None` where that leaves 64 bits.
            pub const fn checked_add(self, bytes: u64) -> Option<Self> {
                match self.0.checked_add(bytes) {
                    Some(raw) => Some(Self(raw)),
                    None => None,
                }
            }

            /// Bytes from `base` up to this address, or `None` where this address lies below it.
            pub const fn offset_from(self, base: Self) -> Option<u64> {
                self.0.checked_sub(base.0)
            }

            /// Whether the address is a multiple of `align`, which must be a power of two (otherwise false).
            pub const fn is_aligned(self, align: u64) -> bool {
                align.is_power_of_two() && self.0 & align.wrapping_sub(1) == 0
            }

            /// The address rounded down to a multiple of `align`, a power of two.
            pub const fn align_down(self, align: u64) -> Self {
                Self(self.0 & !align.wrapping_sub(1))
            }

            /// The address rounded up to a multiple of `align`, a power of two; `None` where that leaves 64 bits.
            pub const fn align_up(self, align: u64) -> Option<Self> {
                match self.0.checked_add(align.wrapping_sub(1)) {
                    Some(raw) => Some(Self(raw & !align.wrapping_sub(1))),
                    None => None,
                }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:#x})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:#x}", self.0)
            }
        }
    };
}

address! {
    /// A guest-physical address (Arm: IPA, RISC-V: GPA).
    GuestPhys
}
address! {
    /// A host-physical address.
    HostPhys
}
address! {
    /// An address in the hypervisor's own stage-1 translation.
    HypVirt
}

/// A half-open range of addresses that neither is empty nor wraps.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range<A> {
    start: A,
    size: u64,
}

macro_rules! range {
    ($name:ident) => {
        impl Range<$name> {
            /// The range of `size` bytes from `start`; `None` where it is empty or its end leaves 64 bits.
            pub const fn new(start: $name, size: u64) -> Option<Self> {
                if size == 0 || start.checked_add(size).is_none() { None } else { Some(Self { start, size }) }
            }

            /// The first address.
            pub const fn start(self) -> $name {
                self.start
            }

            /// The number of bytes, at least 1.
            pub const fn size(self) -> u64 {
                self.size
            }

            /// The first address after the range.
            pub const fn end(self) -> $name {
                // The constructor checked that this sum does not wrap.
                $name(self.start.0.wrapping_add(self.size))
            }

            /// Whether `address` lies inside.
            pub const fn contains(self, address: $name) -> bool {
                address.0 >= self.start.0 && address.0 < self.end().0
            }

            /// How many bytes behind the start `address` lies; `None` where it is not inside.
            #[inline]
            pub const fn offset_of(self, address: $name) -> Option<u64> {
                let offset = address.0.wrapping_sub(self.start.0);
                if offset < self.size { Some(offset) } else { None }
            }

            /// Whether all of `other` lies inside.
            pub const fn contains_range(self, other: Self) -> bool {
                other.start.0 >= self.start.0 && other.end().0 <= self.end().0
            }

            /// Whether the two share a byte.
            pub const fn overlaps(self, other: Self) -> bool {
                self.start.0 < other.end().0 && other.start.0 < self.end().0
            }
        }

        impl fmt::Debug for Range<$name> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "[{:#x}..{:#x}]"), self.start.0, self.end().0)
            }
        }

        impl fmt::Display for Range<$name> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:#x}..{:#x}", self.start.0, self.end().0)
            }
        }
    };
}

range!(GuestPhys);
range!(HostPhys);
range!(HypVirt);

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: u64, size: u64) -> Range<HostPhys> {
        Range::<HostPhys>::new(HostPhys::new(start), size).unwrap()
    }

    #[test]
    fn ranges_that_are_empty_or_wrap_do_not_exist() {
        assert!(Range::<HostPhys>::new(HostPhys::new(0), 0).is_none());
        assert!(Range::<HostPhys>::new(HostPhys::new(u64::MAX), 1).is_none());
        assert!(Range::<HostPhys>::new(HostPhys::new(u64::MAX - 1), 1).is_some());
    }

    #[test]
    fn neighbours_do_not_overlap_and_a_shared_byte_does() {
        assert!(!range(0, 0x1000).overlaps(range(0x1000, 0x1000)));
        assert!(range(0, 0x1001).overlaps(range(0x1000, 0x1000)));
        assert!(range(0, 0x3000).contains_range(range(0x1000, 0x2000)));
        assert!(!range(0, 0x3000).contains_range(range(0x1000, 0x2001)));
    }

    #[test]
    fn rounding_up_at_the_end_of_the_address_space_is_refused() {
        assert_eq!(HostPhys::new(u64::MAX).align_up(PAGE_SIZE), None);
        assert_eq!(HostPhys::new(1).align_up(PAGE_SIZE), Some(HostPhys::new(4096)));
        assert_eq!(HostPhys::new(4097).align_down(PAGE_SIZE), HostPhys::new(4096));
    }
}
