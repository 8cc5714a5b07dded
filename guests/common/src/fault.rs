//! What the last probe of each vCPU ran into.

use crate::arch::exceptions;
use crate::machine;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// A synchronous exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Why it was taken: ESR_EL1 or scause.
    pub cause: u64,
    /// The address that the exception is about, if it is about one: FAR_EL1 or stval.
    pub address: u64,
}

impl Fault {
    /// Whether the contents of a translation table entry led to it: somebody has read that entry.
    pub fn is_of_table_contents(&self) -> bool {
        exceptions::is_of_table_contents(self.cause)
    }
}

struct Record {
    armed: AtomicBool,
    faults: AtomicU64,
    cause: AtomicU64,
    address: AtomicU64,
}

static RECORDS: [Record; machine::MAX_VCPUS] = [const {
    Record {
        armed: AtomicBool::new(false),
        faults: AtomicU64::new(0),
        cause: AtomicU64::new(0),
        address: AtomicU64::new(0),
    }
}; machine::MAX_VCPUS];

/// From here on exceptions of this vCPU are expected.
pub(crate) fn arm() {
    let record = &RECORDS[machine::vcpu()];
    record.faults.store(0, Relaxed);
    record.armed.store(true, Relaxed);
}

/// Exceptions are no longer expected; the last one since [`arm`], if there was any.
pub(crate) fn disarm() -> Option<Fault> {
    let record = &RECORDS[machine::vcpu()];
    record.armed.store(false, Relaxed);
    (record.faults.load(Relaxed) > 0)
        .then(|| Fault { cause: record.cause.load(Relaxed), address: record.address.load(Relaxed) })
}

/// Takes note of an exception; false where none was expected.
pub(crate) fn record(fault: Fault) -> bool {
    let record = &RECORDS[machine::vcpu()];
    record.faults.store(record.faults.load(Relaxed) + 1, Relaxed);
    record.cause.store(fault.cause, Relaxed);
    record.address.store(fault.address, Relaxed);
    record.armed.load(Relaxed)
}
