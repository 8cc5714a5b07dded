//! The power-state service that a guest calls: PSCI 1.1 (DEN0022) and the discovery part of SMCCC 1.1 (DEN0028)
//! as a state machine. It holds what each vCPU's power is, checks a call and answers what the hypervisor is to
//! do; it starts and stops nothing itself.
//!
//! A call never has an effect outside the zone whose [`Psci`] it is: a target is a vCPU of this zone or invalid.
//!
//! Life of a vCPU: `Off` —CPU_ON→ `OnPending` —[`Psci::started`]→ `On` —CPU_OFF, [`Psci::stopped`]→ `Off`.
//! Both confirmations come from the CPU itself, so that AFFINITY_INFO tells the truth: a vCPU is off only after
//! its last instruction.
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

mod affinity;
mod call;
mod function;
mod state;

pub use affinity::mpidr_of;
pub use call::{Action, constant};
pub use ids::{MAX_VCPUS, VcpuId};
pub use state::{Power, Psci};
