//! CPUs (Linux bindings arm/cpus.yaml and riscv/cpus.yaml) and how to start them (arm/psci.yaml, SBI).

use heapless::Vec;

use crate::fdt::Node;
use crate::isa::Extensions;
use crate::tree::Top;
use crate::{BoardError, MAX_CPUS, tree};

/// An architecture of boards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arch {
    /// AArch64.
    Arm64,
    /// RV64.
    Riscv64,
}

impl Arch {
    /// Whether this build reads boards of the architecture.
    pub(crate) const fn is_read(self) -> bool {
        match self {
            Self::Arm64 => cfg!(feature = "arm64"),
            Self::Riscv64 => cfg!(feature = "riscv64"),
        }
    }
}

/// One CPU of the board; on riscv64 a hart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cpu {
    /// What firmware and interrupt controller call it. arm64: the affinity fields as in MPIDR_EL1, Aff3 in bits
    /// 39:32, Aff2..Aff0 in bits 23:0, all else zero. riscv64: the hart id (privileged specification, mhartid).
    pub hardware_id: u64,
}

/// How firmware is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Firmware {
    /// PSCI (Arm DEN 0022), by this instruction.
    Psci(PsciConduit),
    /// SBI, by ECALL from HS-mode: every riscv64 board has it, so that no node says so.
    Sbi,
}

/// The instruction that reaches the firmware's PSCI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PsciConduit {
    /// `method = "smc"`.
    Smc,
    /// `method = "hvc"`: only possible below another hypervisor, which Bulkhead at EL2 never is.
    Hvc,
}

/// The CPUs' architecture: those of riscv64 say so, each of them (riscv/cpus.yaml).
pub(crate) fn arch(top: &Top<'_>) -> Arch {
    let mut cpus = top.cpus.children().filter(is_cpu);
    let riscv = cpus.next().is_some_and(|cpu| tree::compatible(&cpu, &["riscv"]));
    if riscv { Arch::Riscv64 } else { Arch::Arm64 }
}

pub(crate) fn read(top: &Top<'_>) -> Result<Vec<Cpu, MAX_CPUS>, BoardError> {
    let mut cpus = Vec::new();
    for node in usable(&top.cpus) {
        let hardware_id = tree::number(&node, "reg").ok_or(BoardError::BadProperty("cpu reg"))?;
        cpus.push(Cpu { hardware_id }).map_err(|_| BoardError::TooMany("CPUs"))?;
    }
    if cpus.is_empty() { Err(BoardError::MissingNode("cpu")) } else { Ok(cpus) }
}

/// The phandle of each usable hart's own interrupt controller (riscv,cpu-intc), in the order of [`read`].
pub(crate) fn local_controllers(top: &Top<'_>) -> Result<Vec<u32, MAX_CPUS>, BoardError> {
    let mut phandles = Vec::new();
    for node in usable(&top.cpus) {
        let phandle = node
            .children()
            .find(|child| tree::compatible(child, &["riscv,cpu-intc"]))
            .and_then(|controller| tree::phandle(&controller))
            .ok_or(BoardError::BadProperty("riscv,cpu-intc phandle"))?;
        phandles.push(phandle).map_err(|_| BoardError::TooMany("CPUs"))?;
    }
    Ok(phandles)
}

/// Hz of the `time` counter: for all harts, or for each, which then must agree as they share one clock.
pub(crate) fn timebase_frequency(top: &Top<'_>) -> Result<u32, BoardError> {
    let bad = BoardError::BadProperty("timebase-frequency");
    let of = |node: &Node<'_>| tree::number(node, "timebase-frequency");
    let first = || usable(&top.cpus).find_map(|cpu| of(&cpu));
    let frequency = of(&top.cpus).or_else(first).ok_or(bad)?;
    u32::try_from(frequency).ok().filter(|frequency| *frequency != 0).ok_or(bad)
}

/// What all usable harts have.
pub(crate) fn extensions(top: &Top<'_>) -> Extensions {
    Extensions::common(usable(&top.cpus))
}

fn usable<'a>(cpus: &Node<'a>) -> impl Iterator<Item = Node<'a>> + use<'a> {
    // A hart without an MMU is a monitor that runs no operating system (riscv/cpus.yaml, mmu-type).
    let has_mmu = |cpu: &Node<'a>| !tree::says(cpu, "mmu-type", "riscv,none");
    cpus.children().filter(is_cpu).filter(tree::usable).filter(has_mmu)
}

fn is_cpu(node: &Node<'_>) -> bool {
    tree::says(node, "device_type", "cpu")
}

pub(crate) fn conduit(top: &Top<'_>) -> Result<PsciConduit, BoardError> {
    let node =
        tree::find_compatible(&top.root, &["arm,psci-1.0", "arm,psci-0.2"])?.ok_or(BoardError::NoPsci)?;
    if tree::says(&node.node, "method", "smc") {
        Ok(PsciConduit::Smc)
    } else if tree::says(&node.node, "method", "hvc") {
        Ok(PsciConduit::Hvc)
    } else {
        Err(BoardError::NoPsci)
    }
}
