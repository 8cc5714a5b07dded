//! A PLIC as a guest sees it: interrupts of devices for a zone on a board without AIA, as a pure state machine
//! (RISC-V Platform-Level Interrupt Controller Specification 1.0; device tree: `sifive,plic-1.0.0`).
//!
//! What the guest finds: up to 1023 sources with priorities 0 to 7, and one context for each of its vCPUs, their
//! S-mode's, numbered as [`Contexts`] says. The model owns no hardware; the hypervisor calls it:
//! - a guest's access to the frame: [`Vplic::read`] or [`Vplic::write`];
//! - a virtual device drives its wire: [`Vplic::set_wire`]; one that has no level to drive: [`Vplic::pulse`];
//! - the hypervisor has claimed a physical source: [`Vplic::raise`];
//! - the zone starts afresh: [`Vplic::reset`].
//!
//! [`Effects::line`] tells which vCPUs' external interrupts change (hvip.VSEIP).
//!
//! There are two kinds of sources, and what differs is the *gateway*, which lets a request through and then none
//! until that one is completed:
//! - *Virtual*: the model has the gateway, in front of it a level-sensitive wire or, for pulses, an edge-sensitive one.
//! - *Bound* to a source of the physical PLIC by [`Vplic::bind`]: the gateway is the physical one. It closed when the
//!   hypervisor claimed the source and opens when the hypervisor completes it, which is for when the guest completes
//!   its own ([`Effects::complete`]). A source that the guest does not serve is so quiet by itself: nothing that the
//!   guest does to priorities, enables and thresholds needs to reach the physical PLIC.
//!
//! # Where the specification leaves a choice
//! | matter | PLIC 1.0 | here |
//! |---|---|---|
//! | priorities and thresholds, chapters 4 and 7 | some levels, WARL | 3 bits, higher ones are ignored |
//! | source becomes pending, its wire goes low, chapter 1 | stays pending | stays pending |
//! | claim with a threshold, chapter 8 | not affected by it | not affected by it (QEMU 10.0: affected) |
//! | completion of a source that the context has not enabled, chapter 9 | ignored | ignored |
//! | completion of a source that is not claimed | the gateway ignores it | ignored |
//! | completion by another context than the one that claimed | not checked | not checked |
//! | registers of contexts and sources that are not there | | read 0, ignored |
//! | accesses that are not of 32 bits or not aligned | | read 0, ignored |
//!
//! Where to find things: `registers/` has the table of registers and what an access does, `gateway` how sources become
//! pending, `delivery` who is interrupted and by which.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod bank;
mod binding;
mod config;
mod context;
mod delivery;
mod gateway;
mod ports;
mod registers;
mod vplic;

pub use bank::Bank;
pub use config::{Config, ConfigError, Contexts};
pub use context::Context;
pub use ids::{BindError, MAX_SOURCES, MAX_VCPUS, PhysicalSource, VcpuId, VirtualSource, Width};
pub use ports::Effects;
pub use vplic::Vplic;
