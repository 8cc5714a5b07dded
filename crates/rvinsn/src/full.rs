//! Instructions of 32 bits (unprivileged ISA, "Load and Store Instructions").

use crate::access::{Access, Unsupported};

/// Bits 1 and 0, both set in every instruction that is not compressed.
pub(crate) const FULL_LENGTH: u32 = 0b11;

/// Bits 6 to 0.
const OPCODE: u32 = 0x7f;
const LOAD_FP: u32 = 0x07;
const STORE_FP: u32 = 0x27;
const AMO: u32 = 0x2f;

/// The bit number of funct3, which has 3 bits.
const FUNCT3: u32 = 12;

/// The load or store that a 32-bit instruction is.
pub(crate) const fn decode(instruction: u32) -> Result<Access, Unsupported> {
    match Access::of_transformed(instruction) {
        // What rs1 is does not matter: the fault tells the address.
        Some(access) => Ok(access.with_offset(0)),
        None => Err(refusal(instruction)),
    }
}

/// Why a 32-bit instruction that is no integer load or store is refused.
pub(crate) const fn refusal(instruction: u32) -> Unsupported {
    match instruction & OPCODE {
        LOAD_FP | STORE_FP if is_float(instruction >> FUNCT3 & 7) => Unsupported::Float,
        AMO => Unsupported::Atomic,
        _ => Unsupported::Other,
    }
}

/// Whether the width of a LOAD-FP or STORE-FP is that of a floating-point register (16 to 128 bits). The others
/// belong to vectors.
const fn is_float(funct3: u32) -> bool {
    matches!(funct3, 1..=4)
}
