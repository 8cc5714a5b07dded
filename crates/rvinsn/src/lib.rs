//! What a guest's trapped load or store does: which register, how many bytes, how they are extended, and how far
//! the program counter moves on.
//!
//! A guest-page fault tells the address but not the access. The access is found in htinst, where the hart filled
//! it in ([`decode_transformed`]), and otherwise in the instruction itself, read from the guest's memory
//! ([`decode`]). Both know every integer load and store of RV64I, their compressed forms of C and those of Zcb.
//! Addresses are not computed: the fault gives them.
//!
//! Specifications: RISC-V unprivileged ISA (RV64I, "C", "Zcb") and privileged ISA ("Transformed Instruction or
//! Pseudoinstruction for mtinst or htinst").
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

mod access;
mod compressed;
mod full;
mod transformed;

pub use access::{Access, Direction, Unsupported};
pub use ids::Width;
pub use transformed::{Transformed, decode_transformed, is_whole_load, is_whole_store};

/// The load or store that `instruction` is. Of a compressed one, which has bits 1 and 0 not both set, only the
/// lower 16 bits count; the upper may hold whatever follows it in memory.
///
/// # Errors
/// What is no integer load or store; see [`Unsupported`].
#[inline]
pub const fn decode(instruction: u32) -> Result<Access, Unsupported> {
    if instruction & full::FULL_LENGTH == full::FULL_LENGTH {
        full::decode(instruction)
    } else {
        compressed::decode(instruction as u16)
    }
}
