//! htinst: the trapped instruction as the hart tells it (privileged ISA, "Transformed Instruction or
//! Pseudoinstruction for mtinst or htinst").

use crate::access::{Access, Unsupported};
use crate::full;

/// Bit 0, set in every transformed instruction and clear in pseudoinstructions.
const INSTRUCTION: u64 = 1 << 0;

/// What htinst says of a trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transformed {
    /// Nothing, which every hart may always do. The instruction must be read from the guest's memory.
    NotGiven,
    /// The guest's own access.
    Access(Access),
    /// The hart's implicit access to the guest's page tables on behalf of the instruction.
    TableWalk {
        /// It would have set an accessed or dirty bit.
        write: bool,
    },
}

/// What the value `htinst` says of the trap of a load or store.
///
/// # Errors
/// The transformed form of what is no integer load or store, and values that no standard defines; see
/// [`Unsupported`].
pub const fn decode_transformed(htinst: u64) -> Result<Transformed, Unsupported> {
    if let Some(access) = access_of(htinst) {
        return Ok(Transformed::Access(access));
    }
    match htinst {
        0 => Ok(Transformed::NotGiven),
        // By a guest with page tables of 32-bit and of 64-bit entries.
        0x2000 | 0x3000 => Ok(Transformed::TableWalk { write: false }),
        0x2020 | 0x3020 => Ok(Transformed::TableWalk { write: true }),
        _ if htinst & INSTRUCTION == 0 || htinst >> 32 != 0 => Err(Unsupported::Other),
        _ => Err(full::refusal(htinst as u32 | full::FULL_LENGTH)),
    }
}

/// The access that `htinst` tells; `None` where it does not, for reasons that [`decode_transformed`] knows.
const fn access_of(htinst: u64) -> Option<Access> {
    if htinst >> 32 != 0 {
        return None;
    }
    Access::of_transformed(htinst as u32)
}

/// Whether `htinst` tells, of the trap of a load, all of an integer load whose fault is at its first byte: the short way
/// to the [`Access`] that it is. A load that does not exist does not trap so.
#[inline(always)]
pub const fn is_whole_load(htinst: u64) -> bool {
    Access::is_whole(htinst, false)
}

/// The same of the trap of a store.
#[inline(always)]
pub const fn is_whole_store(htinst: u64) -> bool {
    Access::is_whole(htinst, true)
}
