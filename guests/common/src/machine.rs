//! The zone as the guest finds it: who is running, who else there is, and where devices lie on the boards that
//! the tests use.

use crate::{calls, start};

pub use crate::arch::machine::*;

/// vCPUs that a guest can run on.
pub const MAX_VCPUS: usize = 16;

/// The address of the image's first byte.
pub fn image_start() -> u64 {
    start::image_start()
}

/// Where a vCPU that [`start()`] starts begins.
pub fn secondary_entry() -> u64 {
    start::secondary_entry()
}

/// Starts a vCPU of this zone: it runs `body` and then turns itself off. Returns what the firmware says, 0 for
/// success.
pub fn start(vcpu: u64, body: fn()) -> i64 {
    calls::start_vcpu(vcpu, start::secondary_entry(), body as *const () as u64)
}
