//! GICv3 (Linux binding interrupt-controller/arm,gic-v3.yaml).

use addr::{HostPhys, Range};
use heapless::Vec;

use crate::fdt::{self, Node};
use crate::tree::Top;
use crate::{BoardError, tree};

/// The most redistributor regions a GICv3 node may have.
pub const MAX_REDISTRIBUTOR_REGIONS: usize = 16;

/// The frames of a GICv3 (GIC specification IHI 0069, 12.8 and following).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gicv3 {
    /// The distributor's frame.
    pub distributor: Range<HostPhys>,
    /// The redistributor regions; each holds frames of consecutive CPUs.
    pub redistributors: Vec<Range<HostPhys>, MAX_REDISTRIBUTOR_REGIONS>,
    /// Bytes between two redistributors where the board says so (`redistributor-stride`).
    pub stride: Option<u64>,
    /// The private interrupt (INTID 16..32) by which the virtual CPU interface asks for maintenance.
    pub maintenance: u32,
}

/// An interrupt specifier of the GIC's three cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Specifier {
    /// The GIC's own number: 16..32 private, 32.. shared.
    pub(crate) intid: u32,
}

/// Reads the board's GICv3, if it has one.
pub(crate) fn read(top: &Top<'_>) -> Result<Option<Gicv3>, BoardError> {
    let located = tree::find_compatible(&top.root, &["arm,gic-v3"])?
        .filter(|located| located.node.property("interrupt-controller").is_some());
    let Some(located) = located else { return Ok(None) };

    let regions = match tree::number(&located.node, "#redistributor-regions") {
        Some(count) => {
            usize::try_from(count).map_err(|_| BoardError::BadProperty("#redistributor-regions"))?
        }
        None => 1,
    };
    if regions == 0 || regions >= located.reg_count() {
        return Err(BoardError::BadProperty("#redistributor-regions"));
    }
    let mut redistributors = Vec::new();
    for index in 1..=regions {
        redistributors.push(located.reg(index)?).map_err(|_| BoardError::TooMany("redistributor regions"))?;
    }
    Ok(Some(Gicv3 {
        distributor: located.reg(0)?,
        redistributors,
        stride: tree::number(&located.node, "redistributor-stride"),
        maintenance: specifier(&located.node)
            .filter(|interrupt| (16..32).contains(&interrupt.intid))
            .ok_or(BoardError::BadProperty("GIC maintenance interrupt"))?
            .intid,
    }))
}

/// The first interrupt of a node whose parent is the GIC: type (0 SPI, 1 PPI), number, flags.
pub(crate) fn specifier(node: &Node<'_>) -> Option<Specifier> {
    let cells = node.property("interrupts")?.get(..12)?;
    let number = fdt::number(cells.get(4..8)?);
    let intid = match fdt::number(cells.get(..4)?) {
        0 if number < 988 => number.checked_add(32)?,
        1 if number < 16 => number.checked_add(16)?,
        _ => return None,
    };
    Some(Specifier { intid: u32::try_from(intid).ok()? })
}
