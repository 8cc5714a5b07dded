//! A GICv3 as a guest sees it: distributor, redistributors and the traffic with the list registers of the
//! virtual CPU interface, as a pure state machine (GIC architecture specification, Arm IHI 0069).
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
mod bits;
mod config;
mod delivery;
mod ids;
mod line;
mod lr;
mod ports;
mod registers;
mod reset;
mod sgi;
mod vcpu;
mod vgic;

pub use config::{BindError, Config, ConfigError, MAX_SPIS, Trigger};
pub use delivery::Arrival;
pub use ids::{MAX_VCPUS, PhysicalIntid, VcpuId, VcpuSet, VirtualIntid};
pub use ports::{CpuInterface, Effects, ListRegisters, Maintenance};
pub use registers::{Access, Frame, Width};
pub use sgi::SgiRegister;
pub use vcpu::Redistributor;
pub use vgic::Vgic;
