//! Host drivers of interrupt controllers, memory-mapped parts only. Which one a machine needs is read from its
//! device tree; the architecture's module holds the chosen one.

pub mod aplic;
pub mod gicv2;
pub mod gicv3;
pub mod plic;
