//! Affinities: which vCPU a guest means by an MPIDR (Arm ARM DDI 0487, D24.2 MPIDR_EL1).

use ids::VcpuId;

/// vCPUs that share Aff1. GICv3 addresses at most 16 CPUs by one SGI target list.
const CPUS_PER_CLUSTER: usize = 16;

/// Aff3 (bits 39 to 32), Aff2, Aff1 and Aff0 (bits 23 to 0).
const AFFINITY_BITS: u64 = 0xff_00ff_ffff;

/// The affinity bits of the MPIDR_EL1 that a vCPU of a zone sees, whichever physical CPU runs it:
/// Aff0 is its number modulo 16, Aff1 the rest. The caller adds bit 31 (RES1).
pub const fn mpidr_of(vcpu: VcpuId) -> u64 {
    let vcpu = vcpu.index();
    let aff0 = (vcpu % CPUS_PER_CLUSTER) as u64;
    let aff1 = (vcpu / CPUS_PER_CLUSTER) as u64 & 0xff;
    aff1 << 8 | aff0
}

/// The vCPU whose affinity is `target`, whether or not the zone has it. Bits that are no affinity
/// are ignored: guests pass their MPIDR_EL1 as read, with its RES1 bit.
pub(crate) const fn vcpu_of(target: u64) -> Option<VcpuId> {
    let affinity = target & AFFINITY_BITS;
    let aff0 = affinity & 0xff;
    let upper = affinity >> 8;
    if aff0 < CPUS_PER_CLUSTER as u64 && upper <= 0xff {
        VcpuId::new((upper << 4 | aff0) as usize)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use ids::VcpuSet;

    use super::*;

    #[test]
    fn every_vcpu_is_found_by_its_own_affinity() {
        for vcpu in VcpuSet::from_bits(u64::MAX).iter() {
            assert_eq!(vcpu_of(mpidr_of(vcpu)), Some(vcpu));
        }
    }

    #[test]
    fn the_res1_bit_of_mpidr_is_ignored() {
        let vcpu = VcpuId::new(17).unwrap();
        assert_eq!(vcpu_of(mpidr_of(vcpu) | 1 << 31), Some(vcpu));
    }

    #[test]
    fn affinities_that_no_vcpu_has_are_refused() {
        for target in [0x10, 0xff, 0x400, 0x1_0000, 1 << 32, 0xff_00ff_ffff] {
            assert_eq!(vcpu_of(target), None, "{target:#x}");
        }
    }
}
