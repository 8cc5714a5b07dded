//! Partitions that hold, and every way in which one does not.

mod boards;
mod caches;
mod channels;
mod devices;
mod drawing;
mod gicv2;
mod mistakes;
mod partitions;
mod properties;
mod riscv64;
mod support;
