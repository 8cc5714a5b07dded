//! APLIC and IMSICs (Linux bindings interrupt-controller/riscv,aplic.yaml and riscv,imsics.yaml; AIA 1.0, 3 and
//! 4), as supervisor level sees them.

use addr::{HostPhys, PAGE_SIZE, Range};
use heapless::Vec;

use super::{SUPERVISOR_EXTERNAL, outputs, sources, supervisor_outputs};
use crate::fdt::Node;
use crate::tree::{Located, Top};
use crate::{BoardError, MAX_CPUS, tree};

/// The most groups of IMSICs, each with a register region of its own, that a board may have.
pub const MAX_IMSIC_REGIONS: usize = 8;

/// The advanced interrupt architecture: MSIs to IMSICs, and an APLIC that turns wires into MSIs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aia {
    /// The supervisor-level domain of the APLIC.
    pub aplic: Aplic,
    /// The supervisor-level interrupt files, with the guest files behind each.
    pub imsic: Imsic,
}

/// One interrupt domain of an APLIC that delivers by MSI to the supervisor-level files (AIA 1.0, 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aplic {
    /// The domain's registers.
    pub frame: Range<HostPhys>,
    /// Its sources are 1 to this number.
    pub sources: u32,
}

/// The supervisor-level interrupt files (AIA 1.0, 3.6): of each hart one page for the supervisor, followed by one
/// page for each guest file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imsic {
    /// The regions that the files lie in, one after the other in the order of the hart indexes.
    pub regions: Vec<Range<HostPhys>, MAX_IMSIC_REGIONS>,
    /// A supervisor file's interrupt identities are 1 to this number (63 to 2047).
    pub ids: u32,
    /// A guest file's interrupt identities are 1 to this number.
    pub guest_ids: u32,
    /// `1 << guest_index_bits` pages belong to a hart, the supervisor file being the first; at most 7.
    pub guest_index_bits: u32,
    /// Bits of a hart's number within its group, above the guest index in a file's page number; at most 15.
    pub hart_index_bits: u32,
    /// Bits of a group's number; at most 7.
    pub group_index_bits: u32,
    /// Lowest address bit of a group's number; at most 55.
    pub group_index_shift: u32,
    /// The place of each CPU's file in the regions, in the order of [`Board::cpus`](crate::Board::cpus).
    pub places: Vec<u16, MAX_CPUS>,
}

impl Imsic {
    /// Guest interrupt files of each hart as far as the addresses go; the hart's `hgeie` says how many exist (AIA
    /// 1.0, 6.1).
    pub fn guest_files(&self) -> u32 {
        1u32.checked_shl(self.guest_index_bits).unwrap_or(0).saturating_sub(1)
    }

    /// The page of the supervisor-level file of a CPU, a place in [`Board::cpus`](crate::Board::cpus).
    pub fn supervisor_file(&self, cpu: usize) -> Option<HostPhys> {
        let stride = PAGE_SIZE.checked_shl(self.guest_index_bits)?;
        let mut offset = u64::from(*self.places.get(cpu)?).checked_mul(stride)?;
        for region in &self.regions {
            // The next region begins with the next hart, even where this one's last hart has no whole stride.
            let Some(behind) = offset.checked_sub(region.size().checked_next_multiple_of(stride)?) else {
                let whole = offset.checked_add(stride)? <= region.size();
                return region.start().checked_add(offset).filter(|_| whole);
            };
            offset = behind;
        }
        None
    }

    /// The page of a guest file of a CPU, which lies so many pages behind its supervisor-level file (AIA 1.0, 3.6).
    /// Guest files are numbered from 1 to [`Self::guest_files`].
    pub fn guest_file(&self, cpu: usize, number: u32) -> Option<HostPhys> {
        let pages = u64::from(number).checked_mul(PAGE_SIZE)?;
        let file = self.supervisor_file(cpu)?.checked_add(pages)?;
        (1..=self.guest_files()).contains(&number).then_some(file)
    }

    /// The hart index by which the APLIC names a CPU in its `target` registers: group and hart number as they lie
    /// in the file's address (AIA 1.0, 4.5.16 and 4.9.1).
    pub fn hart_index(&self, cpu: usize) -> Option<u32> {
        let file = self.supervisor_file(cpu)?.raw();
        let field = |shift: u32, bits: u32| {
            let mask = 1u64.checked_shl(bits)?.checked_sub(1)?;
            u32::try_from(file.checked_shr(shift)? & mask).ok()
        };
        let hart = field(self.guest_index_bits.checked_add(12)?, self.hart_index_bits)?;
        let group = field(self.group_index_shift, self.group_index_bits)?;
        Some(group.checked_shl(self.hart_index_bits)? | hart)
    }
}

/// Reads the APLIC domain with this phandle, if it is one, and the IMSICs that it sends to.
pub(crate) fn read(top: &Top<'_>, harts: &[u32], phandle: u32) -> Result<Option<Aia>, BoardError> {
    let aplic = tree::find(&top.root, &|node| {
        tree::phandle(node) == Some(phandle) && tree::compatible(node, &["riscv,aplic"])
    })?;
    let Some(aplic) = aplic else { return Ok(None) };
    // A domain without `msi-parent` has wires to its harts.
    let Some(msi_parent) = aplic.node.cell("msi-parent") else { return Ok(None) };
    // Machine level has files of its own; what tells them apart is the cause by which they reach their harts.
    let imsic = tree::find(&top.root, &|node| {
        tree::phandle(node) == Some(msi_parent)
            && tree::compatible(node, &["riscv,imsics"])
            && outputs(node).next().is_some_and(|(_, cause)| cause == SUPERVISOR_EXTERNAL)
    })?;
    let Some(imsic) = imsic else { return Ok(None) };
    let aplic = Aplic { frame: aplic.reg(0)?, sources: sources(&aplic.node, "riscv,num-sources")? };
    Ok(Some(Aia { aplic, imsic: read_imsic(&imsic, harts)? }))
}

fn read_imsic(located: &Located<'_>, harts: &[u32]) -> Result<Imsic, BoardError> {
    let node = &located.node;
    let mut regions = Vec::new();
    for index in 0..located.reg_count() {
        regions.push(located.reg(index)?).map_err(|_| BoardError::TooMany("IMSIC regions"))?;
    }
    let ids = number(node, "riscv,num-ids", None, 2047)?;
    // As many bits as number all files, where the tree does not say (riscv,imsics.yaml).
    let files = outputs(node).count();
    let all = usize::BITS.saturating_sub(files.saturating_sub(1).leading_zeros());
    let imsic = Imsic {
        regions,
        ids,
        guest_ids: number(node, "riscv,num-guest-ids", Some(ids), 2047)?,
        guest_index_bits: number(node, "riscv,guest-index-bits", Some(0), 7)?,
        hart_index_bits: number(node, "riscv,hart-index-bits", Some(all), 15)?,
        group_index_bits: number(node, "riscv,group-index-bits", Some(0), 7)?,
        group_index_shift: number(node, "riscv,group-index-shift", Some(24), 55)?,
        places: supervisor_outputs(node, harts, "IMSIC interrupts-extended")?,
    };
    for cpu in 0..imsic.places.len() {
        let file = imsic.supervisor_file(cpu).filter(|file| file.is_aligned(PAGE_SIZE));
        file.ok_or(BoardError::BadProperty("IMSIC reg"))?;
    }
    Ok(imsic)
}

fn number(node: &Node<'_>, name: &'static str, default: Option<u32>, limit: u32) -> Result<u32, BoardError> {
    let value = if node.property(name).is_some() { node.cell(name) } else { default };
    value.filter(|value| *value <= limit).ok_or(BoardError::BadProperty(name))
}
