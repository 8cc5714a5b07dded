//! GICv2 with the Virtualization Extensions (Linux binding interrupt-controller/arm,gic.yaml).

use core::fmt;

use addr::{HostPhys, PAGE_SIZE, Range};

use super::gic::specifier;
use crate::tree::Top;
use crate::{BoardError, tree};

/// Every `compatible` of a GICv2 that can have the Virtualization Extensions.
const COMPATIBLE: [&str; 3] = ["arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic"];

/// The most CPU interfaces of a GICv2 (GIC specification IHI 0048, 2.2).
pub const MAX_GICV2_CPUS: usize = 8;

/// Bytes of a CPU interface: the second page holds the Deactivate Interrupt Register alone (IHI
/// 0048, 4.4).
const CPU_INTERFACE: u64 = 2 * PAGE_SIZE;
/// The size by which a device tree tells that each page of a CPU interface repeats over 64 KiB, as Arm's Server Base
/// System Architecture wants it for guests with pages of that size.
const ALIASED: u64 = 0x2_0000;
/// Of such a CPU interface the last alias of the first page, behind which the second page begins.
const LAST_ALIAS: u64 = 0xf000;

/// The frames of a GICv2 (IHI 0048, 4.1 and 5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gicv2 {
    /// The distributor's frame (GICD).
    pub distributor: Range<HostPhys>,
    /// The two pages of the physical CPU interface (GICC).
    pub cpu_interface: Range<HostPhys>,
    /// The registers by which a CPU controls its virtual CPU interface (GICH): at least a page.
    pub control: Range<HostPhys>,
    /// The first page of the virtual CPU interface (GICV), with all of its registers but GICV_DIR.
    pub virtual_cpu_interface: Range<HostPhys>,
    /// All that the device tree gives GICC, GICH and GICV.
    pub(super) interfaces: [Range<HostPhys>; 3],
    /// The private interrupt (INTID 16..32) by which the virtual CPU interface asks for maintenance.
    pub maintenance: u32,
}

/// What a GICv2 lacks that zones could run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gicv2Error {
    /// Its `reg` names no GICH and GICV, or nothing asks for maintenance.
    NoVirtualization,
    /// Its `reg` gives GICC less than its two pages.
    NoDeactivation,
    /// What would be mapped into zones is not a whole page of GICV alone.
    SharedPage,
    /// So many CPUs.
    TooManyCpus(usize),
}

impl fmt::Display for Gicv2Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVirtualization => f.write_str(
                "the board's GICv2 has no virtual CPU interface (GICH, GICV, maintenance interrupt)",
            ),
            Self::NoDeactivation => f.write_str(
                "the GICC of the board's GICv2 lacks its second page, where interrupts are deactivated",
            ),
            Self::SharedPage => {
                f.write_str("the first page of the GICV of the board's GICv2 is shared with something else")
            }
            Self::TooManyCpus(count) => {
                write!(f, "the board has {count} CPUs, and a GICv2 no more than {MAX_GICV2_CPUS}")
            }
        }
    }
}

/// Reads the board's GICv2, if it has one.
pub(super) fn read(top: &Top<'_>, cpus: usize) -> Result<Option<Gicv2>, BoardError> {
    let located = tree::find_compatible(&top.root, &COMPATIBLE)?
        .filter(|located| located.node.property("interrupt-controller").is_some());
    let Some(located) = located else { return Ok(None) };
    if located.reg_count() < 4 {
        return Err(Gicv2Error::NoVirtualization.into());
    }
    let maintenance = specifier(&located.node).filter(|interrupt| (16..32).contains(&interrupt.intid));
    let maintenance = maintenance.ok_or(Gicv2Error::NoVirtualization)?.intid;
    if cpus > MAX_GICV2_CPUS {
        return Err(Gicv2Error::TooManyCpus(cpus).into());
    }
    let distributor = located.reg(0)?;
    let interfaces = [located.reg(1)?, located.reg(2)?, located.reg(3)?];
    let [cpu_interface, control, virtual_cpu_interface] = interfaces;
    let gic = Gicv2 {
        distributor,
        cpu_interface: pages(cpu_interface).ok_or(Gicv2Error::NoDeactivation)?,
        control,
        virtual_cpu_interface: page(virtual_cpu_interface).ok_or(Gicv2Error::SharedPage)?,
        interfaces,
        maintenance,
    };
    if !control.start().is_aligned(PAGE_SIZE) || control.size() < PAGE_SIZE {
        return Err(BoardError::BadProperty("GICH reg"));
    }
    if gic.shares_guest_page(top)? {
        return Err(Gicv2Error::SharedPage.into());
    }
    Ok(Some(gic))
}

/// The first page of GICV, if the device tree gives it all of it.
fn page(whole: Range<HostPhys>) -> Option<Range<HostPhys>> {
    let page = Range::<HostPhys>::new(whole.start(), PAGE_SIZE)?;
    (whole.start().is_aligned(PAGE_SIZE) && whole.contains_range(page)).then_some(page)
}

/// The two pages of a CPU interface, one behind the other, in what the device tree gives it.
fn pages(whole: Range<HostPhys>) -> Option<Range<HostPhys>> {
    let first = if whole.size() == ALIASED { whole.start().checked_add(LAST_ALIAS)? } else { whole.start() };
    let pages = Range::<HostPhys>::new(first, CPU_INTERFACE)?;
    whole.contains_range(pages).then_some(pages)
}

impl Gicv2 {
    /// Whether a guest that has the page of GICV would have something else with it.
    fn shares_guest_page(&self, top: &Top<'_>) -> Result<bool, BoardError> {
        let page = self.virtual_cpu_interface;
        let [cpu_interface, control, _] = self.interfaces;
        let mut shares = [self.distributor, cpu_interface, control].iter().any(|frame| frame.overlaps(page));
        tree::visit(&top.root, &mut |located| {
            let mut ranges = (0..located.reg_count()).filter_map(|index| located.reg(index).ok());
            let is_gic = ranges.clone().next() == Some(self.distributor);
            shares |= !is_gic && ranges.any(|range| range.overlaps(page));
        })?;
        Ok(shares)
    }
}
