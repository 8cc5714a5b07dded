//! Sets of vCPUs, and the hart masks that name them (SBI 2.0, "Hart list parameter").

/// vCPUs that a zone can have at most.
pub const MAX_VCPUS: usize = 64;

/// The base of a hart mask that means every hart, whatever the mask.
const EVERY_HART: u64 = u64::MAX;

/// vCPUs of one zone, as a bitmap: bit n is vCPU number n.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VcpuSet(u64);

impl VcpuSet {
    /// vCPUs 0 to `vcpus` - 1; [`MAX_VCPUS`] at most.
    pub(crate) const fn first(vcpus: usize) -> Self {
        Self(if vcpus < MAX_VCPUS { (1u64 << vcpus).wrapping_sub(1) } else { u64::MAX })
    }

    /// The bitmap.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether vCPU number `vcpu` is in it.
    pub const fn contains(self, vcpu: usize) -> bool {
        vcpu < MAX_VCPUS && self.0 >> vcpu & 1 != 0
    }

    /// The vCPUs in it, lowest number first.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..MAX_VCPUS).filter(move |vcpu| self.contains(*vcpu))
    }

    /// Those of this zone's vCPUs, which are `self`, that a hart mask names; `None` where it names a hart that the
    /// zone has not, or its base is none.
    pub(crate) const fn named_by(self, mask: u64, base: u64) -> Option<Self> {
        if base == EVERY_HART {
            return Some(self);
        }
        if base >= MAX_VCPUS as u64 || !self.contains(base as usize) {
            return None;
        }
        let bits = mask << base;
        if bits >> base != mask || bits & !self.0 != 0 { None } else { Some(Self(bits)) }
    }
}
