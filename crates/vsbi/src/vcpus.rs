//! Hart masks, which name vCPUs of the zone (SBI 2.0, "Hart list parameter").

use ids::{VcpuId, VcpuSet};

/// The base of a hart mask that means every hart, whatever the mask.
const EVERY_HART: u64 = u64::MAX;

/// Those of the vCPUs in `zone` that a hart mask names; `None` where it names a hart that the zone has not, or its
/// base is none.
pub(crate) fn named_by(zone: VcpuSet, mask: u64, base: u64) -> Option<VcpuSet> {
    if base == EVERY_HART {
        return Some(zone);
    }
    VcpuId::new(usize::try_from(base).ok()?).filter(|first| zone.contains(*first))?;
    let bits = mask << base;
    (bits >> base == mask && bits & !zone.bits() == 0).then_some(VcpuSet::from_bits(bits))
}
