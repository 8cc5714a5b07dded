//! GICv3 host driver: the distributor, and the redistributors found across all regions (GIC specification
//! IHI 0069). The CPU interface is system registers and lives with the architecture.

mod distributor;
mod redistributor;
mod words;

pub use distributor::{Distributor, DistributorError, PendingWords};
pub use redistributor::{Redistributor, find as find_redistributor};
pub use words::{State, Words};

/// The priority of every interrupt in the physical GIC. Only one matters: all are taken at once.
pub(super) const DEFAULT_PRIORITY_WORD: u32 = 0xa0a0_a0a0;

/// How often a register-write-pending bit is read before the hardware is called broken.
const RWP_POLLS: u32 = 1_000_000;
