//! Partitions that hold, and every way in which one does not.

mod boards;
mod devices;
mod drawing;
mod mistakes;
mod partitions;
mod properties;
mod riscv64;
mod support;
