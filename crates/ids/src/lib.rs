//! Words that the models share: which vCPU of a zone and sets of them, sources of interrupts, and how wide an access is.
//! Each has a type of its own, so that a vCPU is never taken for a physical CPU or a source.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)
)]

mod binding;
pub mod bits;
mod source;
mod width;

pub use binding::{BindError, Place};
pub use source::{MAX_SOURCES, PhysicalSource, VirtualSource};
pub use width::Width;

/// The most vCPUs that one zone can have.
pub const MAX_VCPUS: usize = 64;

/// A vCPU of the zone, by its number: 0 is the one that boots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VcpuId(u8);

impl VcpuId {
    /// The vCPU that boots.
    pub const FIRST: Self = Self(0);

    /// The vCPU with this number, or `None` from [`MAX_VCPUS`] on.
    pub const fn new(index: usize) -> Option<Self> {
        if index < MAX_VCPUS { Some(Self(index as u8)) } else { None }
    }

    /// Its number, below [`MAX_VCPUS`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A set of vCPUs of one zone, as a bitmap: bit n is vCPU number n.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VcpuSet(u64);

impl VcpuSet {
    /// The set of nobody.
    pub const EMPTY: Self = Self(0);

    /// vCPUs 0 to `count` - 1; all that there can be from [`MAX_VCPUS`] on.
    pub const fn first(count: usize) -> Self {
        Self(if count < MAX_VCPUS { 1u64.wrapping_shl(count as u32).wrapping_sub(1) } else { u64::MAX })
    }

    /// The set with this bitmap.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Its bitmap.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Whether nobody is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `vcpu` is in it.
    pub const fn contains(self, vcpu: VcpuId) -> bool {
        self.0 >> vcpu.0 & 1 == 1
    }

    /// Puts `vcpu` in.
    pub const fn insert(&mut self, vcpu: VcpuId) {
        self.0 |= 1u64.wrapping_shl(vcpu.0 as u32);
    }

    /// Puts `vcpu` in where it was not, else takes it out.
    pub const fn toggle(&mut self, vcpu: VcpuId) {
        self.0 ^= 1u64.wrapping_shl(vcpu.0 as u32);
    }

    /// Its members, lowest number first.
    pub fn iter(self) -> impl Iterator<Item = VcpuId> {
        let mut left = self.0;
        core::iter::from_fn(move || {
            let lowest = left.trailing_zeros();
            left &= left.wrapping_sub(1);
            (lowest < u64::BITS).then_some(VcpuId(lowest as u8))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_beyond_the_limit_names_nobody() {
        assert_eq!(VcpuId::new(MAX_VCPUS), None);
        assert_eq!(VcpuId::new(63).map(VcpuId::index), Some(63));
    }

    #[test]
    fn a_set_lists_its_members_in_order() {
        let mut set = VcpuSet::EMPTY;
        for index in [63, 0, 5] {
            set.insert(VcpuId(index));
        }
        assert_eq!(set.iter().map(VcpuId::index).collect::<std::vec::Vec<_>>(), [0, 5, 63]);
        assert!(set.contains(VcpuId(5)) && !set.contains(VcpuId(4)));
    }

    #[test]
    fn a_toggled_vcpu_comes_and_goes() {
        let mut set = VcpuSet::first(2);
        set.toggle(VcpuId(1));
        set.toggle(VcpuId(63));
        assert_eq!(set.bits(), 1 << 63 | 1);
    }

    #[test]
    fn the_first_vcpus_are_those_below_their_count() {
        assert_eq!([0, 1, 5, 63].map(|count| VcpuSet::first(count).bits()), [0, 1, 0x1f, u64::MAX >> 1]);
        assert_eq!([64, 65, usize::MAX].map(|count| VcpuSet::first(count).bits()), [u64::MAX; 3]);
    }
}
