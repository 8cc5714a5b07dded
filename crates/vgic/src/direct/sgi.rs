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
