//! The firmware that a guest calls: the RISC-V Supervisor Binary Interface. [`Sbi::call`] checks a call and answers
//! what the hypervisor is to do; [`Harts`] holds which vCPU runs. Neither does anything itself.
//!
//! Served are the extensions BASE, TIME, IPI, RFENCE, HSM, SRST and DBCN of SBI 2.0, all of whose functions work the
//! same in SBI 3.0, and the legacy extensions 0 to 8. Anything else is answered with NOT_SUPPORTED, as the
//! specification demands.
//!
//! A hart id that a guest says is the number of a vCPU of its own zone. No outcome names a vCPU outside it.
//!
//! The two parts are apart for speed: [`Sbi`] never changes and needs no lock, and only calls that ask for the
//! state of vCPUs ([`Outcome::Hart`]) go on to [`Harts`].
//!
//! Life of a vCPU: `Stopped` —hart_start→ `StartPending` —[`Harts::started`]→ `Started` —hart_stop→ `StopPending`
//! —[`Harts::stopped`]→ `Stopped`; and `Started` —hart_suspend→ `Suspended` —[`Harts::started`]→ `Started`. The
//! confirmations come from the vCPU's own CPU, so that hart_get_status tells the truth: a vCPU is stopped only after
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

mod base;
mod call;
mod console;
mod fence;
mod harts;
mod legacy;
mod reply;
mod reset;
mod vcpus;

pub use base::{IMPLEMENTATION_ID, Identity};
pub use call::{Call, Outcome, Sbi};
pub use fence::{Fence, MAX_PAGES, PAGE_SIZE, Span};
pub use harts::{HartAction, HartCall, HartState, Harts, Resume};
pub use ids::{MAX_VCPUS, VcpuId, VcpuSet};
pub use legacy::MaskedCall;
pub use reply::{Error, Reply};
pub use reset::{Reset, ResetReason};
