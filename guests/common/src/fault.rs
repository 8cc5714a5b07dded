//! What the last probe of each vCPU ran into.

use crate::machine;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// A synchronous exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// ESR_EL1.
    pub esr: u64,
    /// FAR_EL1.
    pub far: u64,
}

struct Record {
    armed: AtomicBool,
    faults: AtomicU64,
    esr: AtomicU64,
    far: AtomicU64,
}

static RECORDS: [Record; machine::MAX_VCPUS] = [const {
    Record {
        armed: AtomicBool::new(false),
        faults: AtomicU64::new(0),
        esr: AtomicU64::new(0),
        far: AtomicU64::new(0),
    }
}; machine::MAX_VCPUS];
static SYSTEM_ERRORS: AtomicU64 = AtomicU64::new(0);

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
        .then(|| Fault { esr: record.esr.load(Relaxed), far: record.far.load(Relaxed) })
}

/// Takes note of an exception; false where none was expected.
pub(crate) fn record(esr: u64, far: u64) -> bool {
    let record = &RECORDS[machine::vcpu()];
    record.faults.store(record.faults.load(Relaxed) + 1, Relaxed);
    record.esr.store(esr, Relaxed);
    record.far.store(far, Relaxed);
    record.armed.load(Relaxed)
}

pub(crate) fn count_system_error() {
    SYSTEM_ERRORS.fetch_add(1, Relaxed);
}

/// SErrors taken so far, by all vCPUs.
pub fn system_errors() -> u64 {
    SYSTEM_ERRORS.load(Relaxed)
}
