//! What the harts of this machine have beyond the hypervisor extension, as the device tree says. Read once at boot;
//! all harts have the same.

use crate::once::Once;

/// Extensions that decide what the hypervisor does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// Supervisor-level AIA registers (Ssaia).
    pub ssaia: bool,
    /// State-enable registers (Smstateen).
    pub stateen: bool,
    /// Floating point of double width (D).
    pub double: bool,
    /// Vectors (V).
    pub vector: bool,
    /// Ticks of `time` in a second.
    pub timebase: u64,
}

static FEATURES: Once<Features> = Once::new();

/// Remembers what the device tree says of the harts.
pub fn set(features: Features) {
    FEATURES.set(features);
}

/// What the harts have.
#[inline]
pub fn get() -> Features {
    FEATURES.get().copied().unwrap_or_default()
}
