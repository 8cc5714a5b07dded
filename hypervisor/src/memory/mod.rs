//! The hypervisor's own memory, and the memory of guests as the hypervisor touches it.

pub mod guest;
pub mod pool;

pub use guest::identity;
