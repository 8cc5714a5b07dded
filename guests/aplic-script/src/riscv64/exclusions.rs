//! What the script leaves out, because the specification leaves a choice or QEMU departs from it: docs/testing.md
//! has the table, `vaplic` says what each of the two does. Nothing else is left out, and no value read is masked.

use super::domain::{GENMSI, source_of_target};

/// sourcecfg.D: delegate to a child domain. A domain without one makes the register zero.
const DELEGATE: u32 = 1 << 10;
/// sourcecfg.SM.
const SOURCE_MODE: u32 = 7;

/// Hart Index of a hart that exists, and EIID, in target and genmsi. Not Guest Index, nor the bit that is reserved
/// or Busy (4.5.15, 4.5.16).
const MESSAGE: u32 = 1 << 18 | 0x7ff;

/// What is written to the register at `offset` instead of `value`.
pub(super) fn allowed(offset: u32, value: u32) -> u32 {
    if offset == GENMSI || source_of_target(offset).is_some() { value & MESSAGE } else { value }
}

/// The mode of a source, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Inactive. Its target is not read (4.5.16).
    Inactive,
    /// Active without a wire. It is left out where the wire is high (4.5.2).
    Detached,
    /// Edge-sensitive.
    Edge,
    /// Level-sensitive. Where the model has the pending bit, it is cleared before the input may go low (4.7). The
    /// console, which drives the wire of its source time and again to the level that it has, is used while that
    /// source is inactive.
    Level,
}

impl Mode {
    /// What a write of `value` to sourcecfg leads to. The reserved modes act like Detached (4.5.2).
    pub(super) fn written(value: u32) -> Self {
        match value & SOURCE_MODE {
            _ if value & DELEGATE != 0 => Self::Inactive,
            0 => Self::Inactive,
            4 | 5 => Self::Edge,
            6 | 7 => Self::Level,
            _ => Self::Detached,
        }
    }
}
