//! A GICv3 or GICv2 as a guest sees it: distributor, redistributors and the traffic with the list registers of the
//! virtual CPU interface, as a pure state machine (GIC architecture specifications, Arm IHI 0069 and IHI 0048B).
//!
//! What the guest of a GICv3 finds: one security state (GICD_CTLR.DS), affinity routing only, up to 64 vCPUs and 960
//! SPIs, both groups, no LPIs, no message-based SPIs, no 1-of-N delivery. That of a GICv2 ([`Version::V2`]): no Security
//! Extensions, up to 8 vCPUs, SGIs that are pending once for each sender. Every SPI can be made pending by the guest; an
//! interrupt with a source is either wired to a virtual device ([`Vgic::set_line`]) or bound to a physical
//! interrupt ([`Vgic::bind`]).
//!
//! The hypervisor owns the hardware and calls the model:
//! - a guest's access to a register frame: [`Vgic::must_park`], then [`Vgic::read`] or [`Vgic::write`];
//! - a trapped write to ICC_SGI1R_EL1 and its like: [`Vgic::send_sgi`]; to ICC_DIR_EL1 or GICC_DIR:
//!   [`Vgic::deactivate`];
//! - a physical interrupt: [`Shortcut::deliver`], and what that leaves, [`Vgic::physical_arrived`];
//! - a kick, a maintenance interrupt, a vCPU that begins to run: [`Vgic::refill`]; one that stops: [`Vgic::fold`].
//!
//! List registers keep their contents across exits, and only its own CPU can reach a vCPU's. So an access to an
//! interrupt that sits in another vCPU's list registers is done while that vCPU is parked: it folds them into the
//! model and waits. Such accesses are rare; those that are not (enabling, SGIs, device lines) only kick.
//!
//! Where to find things: `registers/` has the table of registers and a module for each kind of them, `delivery/` the
//! list registers, [`direct`] the zones that need none of them, `sgi`, `line` and `binding` the sources of interrupts.
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
mod delivery;
pub mod direct;
pub mod gich;
mod ids;
mod line;
mod lr;
mod ports;
mod registers;
mod reset;
mod senders;
mod sgi;
mod shortcut;
mod vcpu;
mod vgic;

pub use bank::BankId;
pub use config::{BindError, Config, ConfigError, MAX_SPIS, Trigger, Version};
pub use delivery::{Arrival, Load};
pub use ids::{MAX_VCPUS, MAX_VCPUS_V2, PhysicalIntid, VcpuId, VcpuSet, VirtualIntid, Width};
pub use ports::{CpuInterface, Effects, ListRegisters, Maintenance, RawListRegisters};
pub use registers::{Access, Frame, Poked, shared_at};
pub use sgi::SgiRegister;
pub use shortcut::{Line, Shortcut};
pub use vcpu::Redistributor;
pub use vgic::Vgic;
