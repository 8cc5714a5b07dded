//! CPUs (Linux binding arm/cpus.yaml) and how to start them (arm/psci.yaml).

use dtoolkit::{Node, Property};
use heapless::Vec;

use crate::tree::Top;
use crate::{BoardError, MAX_CPUS, tree};

/// One CPU of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cpu {
    /// Affinity fields as in MPIDR_EL1: Aff3 in bits 39:32, Aff2..Aff0 in bits 23:0, all else zero.
    pub affinity: u64,
}

/// The instruction that reaches the firmware's PSCI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PsciConduit {
    /// `method = "smc"`.
    Smc,
    /// `method = "hvc"`: only possible below another hypervisor, which Bulkhead at EL2 never is.
    Hvc,
}

pub(crate) fn read(top: &Top<'_>) -> Result<Vec<Cpu, MAX_CPUS>, BoardError> {
    let parent = top.cpus.ok_or(BoardError::MissingNode("cpus"))?;
    let mut cpus = Vec::new();
    for node in parent.children() {
        let is_cpu = node.property("device_type").is_some_and(|kind| kind.value() == b"cpu\0");
        if is_cpu && tree::usable(&node) {
            let affinity = tree::number(&node, "reg").ok_or(BoardError::BadProperty("cpu reg"))?;
            cpus.push(Cpu { affinity }).map_err(|_| BoardError::TooMany("CPUs"))?;
        }
    }
    if cpus.is_empty() { Err(BoardError::MissingNode("cpu")) } else { Ok(cpus) }
}

pub(crate) fn conduit(top: &Top<'_>) -> Result<PsciConduit, BoardError> {
    let node =
        tree::find_compatible(&top.root, &["arm,psci-1.0", "arm,psci-0.2"])?.ok_or(BoardError::NoPsci)?;
    match tree::string(&node.node, "method") {
        Some("smc") => Ok(PsciConduit::Smc),
        Some("hvc") => Ok(PsciConduit::Hvc),
        _ => Err(BoardError::NoPsci),
    }
}
