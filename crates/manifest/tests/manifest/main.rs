//! The contract between tool and hypervisor, from both sides.

mod board;
mod channels;
mod devices;
mod promises;
mod properties;
mod refusals;
mod riscv64;
mod round_trip;
mod support;
