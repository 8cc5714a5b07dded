//! What the model asks of the hypervisor.

use ids::{PhysicalSource, VcpuId};

/// What happens outside the model.
pub trait Effects {
    /// The external interrupt of a vCPU changes: true, it is pending. Only ever called with another level than
    /// before; all are low at first. The access may be another vCPU's, so that this one's hart has to be told.
    fn line(&mut self, vcpu: VcpuId, level: bool);
    /// Completes the physical source. Called exactly once for each [`Vplic::raise`](crate::Vplic::raise) that
    /// returned true.
    ///
    /// The physical PLIC ignores the completion unless the context that is written to has the source enabled.
    fn complete(&mut self, source: PhysicalSource);
}
