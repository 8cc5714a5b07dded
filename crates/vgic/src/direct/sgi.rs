//! Software-generated interrupts, whose registers trap (IHI 0069, 12.2).

use crate::ids::{VcpuId, VcpuSet};
use crate::sgi::{SgiRegister, addressed};

/// The vCPUs, of so many, to which vCPU `by` has sent an SGI by writing `value`, and the SGI's number. `None` for
/// ICC_SGI0R_EL1 and ICC_ASGI1R_EL1: their SGIs belong to a Secure side, which lets the Non-secure one send none
/// (GICR_NSACR).
#[inline]
pub fn targets(vcpus: usize, by: VcpuId, register: SgiRegister, value: u64) -> Option<(VcpuSet, u32)> {
    (register == SgiRegister::Sgi1r).then(|| (addressed(vcpus, by, value), (value >> 24) as u32 & 0xf))
}

/// How a write of ICC_SGI1R_EL1 becomes the physical one by a few instructions, where the CPUs of the zone's vCPUs lie one
/// behind the other in one range of affinities: (value & 0xf00_0000) | (value & 0xffff) << `shift` | `range`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Bits that a value of that kind may have: its INTID, and the zone's vCPUs in the target list.
    pub allowed: u64,
    /// Aff3, Aff2, Aff1 and RS of the physical value.
    pub range: u64,
    /// The place of vCPU 0 in the physical target list.
    pub shift: u64,
}

impl Placement {
    /// For a zone on the CPUs with these affinities (MPIDR_EL1), in the order of its vCPUs; `None` where they lie otherwise.
    pub fn of(mut affinities: impl Iterator<Item = u64>) -> Option<Self> {
        let first = affinities.next()?;
        let shift = first & 0xf;
        let mut vcpus = 1u64;
        for affinity in affinities {
            if affinity != first.checked_add(vcpus)? || shift.checked_add(vcpus)? > 0xf {
                return None;
            }
            vcpus = vcpus.checked_add(1)?;
        }
        let list = 1u64.checked_shl(vcpus as u32)?.wrapping_sub(1);
        let range = (first >> 32 & 0xff) << 48
            | (first >> 4 & 0xf) << 44
            | (first >> 16 & 0xff) << 32
            | (first >> 8 & 0xff) << 16;
        Some(Self { allowed: INTID | list, range, shift })
    }
}

/// ICC_SGI1R_EL1.INTID.
const INTID: u64 = 0xf << 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_one_range_are_placed_by_a_shift() {
        let expected = Placement { allowed: 0x0f00_0007, range: 1 << 44 | 2 << 16, shift: 2 };
        assert_eq!(Placement::of([0x212, 0x213, 0x214].into_iter()), Some(expected));
    }

    #[test]
    fn every_level_of_affinity_is_in_the_range() {
        let place = Placement::of([0x12_0034_5600].into_iter());
        assert_eq!(place.map(|place| place.range), Some(0x12 << 48 | 0x34 << 32 | 0x56 << 16));
    }

    #[test]
    fn others_are_not() {
        for affinities in [[0, 2], [1, 0], [0xf, 0x10], [0, 0x100]] {
            assert_eq!(Placement::of(affinities.into_iter()), None, "{affinities:x?}");
        }
        assert_eq!(Placement::of(core::iter::empty()), None);
    }
}
