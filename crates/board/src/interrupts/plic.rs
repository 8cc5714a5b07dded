//! PLIC (Linux binding interrupt-controller/sifive,plic-1.0.0.yaml; RISC-V PLIC specification 1.0).

use addr::{HostPhys, Range};
use heapless::Vec;

use super::{sources, supervisor_outputs};
use crate::tree::Top;
use crate::{BoardError, MAX_CPUS, tree};

/// A PLIC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plic {
    /// Its registers.
    pub frame: Range<HostPhys>,
    /// Its sources are 1 to this number.
    pub sources: u32,
    /// The context that is the S-mode of each CPU, in the order of [`Board::cpus`](crate::Board::cpus).
    pub contexts: Vec<u16, MAX_CPUS>,
}

/// Reads the PLIC with this phandle, if it is one.
pub(crate) fn read(top: &Top<'_>, harts: &[u32], phandle: u32) -> Result<Option<Plic>, BoardError> {
    let plic = tree::find(&top.root, &|node| {
        tree::phandle(node) == Some(phandle) && tree::compatible(node, &["sifive,plic-1.0.0", "riscv,plic0"])
    })?;
    let Some(plic) = plic else { return Ok(None) };
    Ok(Some(Plic {
        frame: plic.reg(0)?,
        sources: sources(&plic.node, "riscv,ndev")?,
        contexts: supervisor_outputs(&plic.node, harts, "PLIC interrupts-extended")?,
    }))
}
