//! What a guest gets when it touches a trapped AArch64 system register: a value, nothing, an Undefined
//! Instruction exception, or an effect that the hypervisor carries out.
//!
//! - [`traps`] says which accesses trap: the values of HCR_EL2, MDCR_EL2, CPTR_EL2 and their kin, bit by bit.
//! - [`decide`] says what each trapped access does. It is total: an access that no table lists is undefined, as
//!   it would be on a CPU without the feature.
//! - [`GuestIds`] is what the identification registers tell a guest. It is an allow-list: a field that its
//!   table (`id_table.rs`) does not name reads 0, so that a feature newer than this code stays hidden.
//!
//! The three belong together: a feature is hidden in the ID registers exactly where its registers trap to an
//! undefined outcome.
//!
//! AArch32 runs at EL0 only (HCR_EL2.RW = 1), and none of the coprocessor registers that trap from there (EC
//! 0x03, 0x05, 0x06, 0x08, 0x0c) exists for a guest: debug, PMU and trace are hidden. Each of these is an
//! Undefined Instruction exception, taken to the guest's EL1; there is nothing to decide.
//!
//! Everything here follows the Arm ARM, DDI 0487: D24 (system register descriptions), and the traps that its
//! descriptions of HCR_EL2, MDCR_EL2 and CPTR_EL2 list.
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

mod guest_ids;
mod id_table;
pub mod names;
mod outcomes;
mod packed;
mod sysreg;
pub mod traps;

pub use guest_ids::GuestIds;
pub use id_table::RawIds;
pub use outcomes::{Emulated, Outcome, decide};
pub use sysreg::{SysReg, TrappedAccess};
