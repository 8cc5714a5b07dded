//! Calls as a guest makes them, by numbers written down here once more.
#![allow(dead_code, reason = "each test file and fuzz target uses its own part")]

pub(crate) mod model;

use vsbi::{Call, Error, Identity, Outcome, Reply, Sbi, VcpuId};

pub(crate) const BASE: u64 = 0x10;
pub(crate) const TIME: u64 = 0x5449_4d45;
pub(crate) const IPI: u64 = 0x0073_5049;
pub(crate) const RFENCE: u64 = 0x5246_4e43;
pub(crate) const HSM: u64 = 0x0048_534d;
pub(crate) const SRST: u64 = 0x5352_5354;
pub(crate) const DBCN: u64 = 0x4442_434e;
pub(crate) const SERVED: [u64; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, BASE, TIME, IPI, RFENCE, HSM, SRST, DBCN];

pub(crate) const PMU: u64 = 0x0050_4d55;
pub(crate) const SUSP: u64 = 0x5355_5350;
pub(crate) const CPPC: u64 = 0x4350_5043;
pub(crate) const NACL: u64 = 0x4e41_434c;
pub(crate) const STA: u64 = 0x0053_5441;
pub(crate) const SSE: u64 = 0x0053_5345;
pub(crate) const FWFT: u64 = 0x4657_4654;
pub(crate) const DBTR: u64 = 0x4442_5452;
pub(crate) const MPXY: u64 = 0x4d50_5859;
pub(crate) const NOT_SERVED: [u64; 9] = [PMU, SUSP, CPPC, NACL, STA, SSE, FWFT, DBTR, MPXY];

/// The hart mask base that means every hart.
pub(crate) const EVERY_HART: u64 = u64::MAX;

pub(crate) const IDENTITY: Identity =
    Identity { vendor: 0x489, architecture: 0x8000_0000_0000_0007, implementation: 42 };

pub(crate) fn zone(vcpus: usize) -> Sbi {
    Sbi::new(vcpus, IDENTITY)
}

pub(crate) fn vcpu(index: usize) -> VcpuId {
    VcpuId::new(index).unwrap()
}

/// A call with up to six arguments.
pub(crate) fn registers(extension: u64, function: u64, arguments: &[u64]) -> Call {
    let mut all = [0; 6];
    all[..arguments.len()].copy_from_slice(arguments);
    Call { extension, function, arguments: all }
}

pub(crate) fn call(sbi: &Sbi, extension: u64, function: u64, arguments: &[u64]) -> Outcome {
    sbi.call(&registers(extension, function, arguments))
}

pub(crate) const fn value(value: u64) -> Outcome {
    Outcome::Return(Reply { a0: 0, a1: Some(value) })
}

pub(crate) fn error(error: Error) -> Outcome {
    Outcome::Return(Reply::error(error))
}

/// A legacy call's failure.
pub(crate) fn legacy_error(error: Error) -> Outcome {
    Outcome::Return(Reply { a0: error.register(), a1: None })
}
