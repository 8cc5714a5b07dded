//! The names of interrupts, virtual and physical: distinct types, so that none is ever taken for another. And how the
//! GIC names a vCPU.

pub use ids::{MAX_VCPUS, VcpuId, VcpuSet, Width};

/// INTIDs from here on are special answers (1020 to 1023) or LPIs, which the model does not have (IHI 0069, 2.2).
const FIRST_SPECIAL: u32 = 1020;

/// INTIDs below are SGIs (IHI 0069, 2.2).
pub(crate) const FIRST_PPI: u16 = 16;
/// INTIDs below are private to one vCPU (IHI 0069, 2.2).
pub(crate) const FIRST_SPI: u16 = 32;

/// The most vCPUs that a zone with a GICv2 can have: the registers have one bit for each (IHI 0048B, 4.3.2).
pub const MAX_VCPUS_V2: usize = 8;

/// No vCPU has this affinity.
pub(crate) const NOBODY: u32 = u32::MAX;

/// A vCPU's affinity as GICR_TYPER and GICD_IROUTER pack it, Aff3.Aff2.Aff1.Aff0 in 8 bits each: Aff0 is the number
/// modulo 16, Aff1 the number divided by 16, the rest 0.
pub(crate) const fn affinity(vcpu: VcpuId) -> u32 {
    let number = vcpu.index() as u32;
    (number & 0xf) | (number >> 4) << 8
}

/// The vCPU that has this affinity, if one can.
pub(crate) const fn from_affinity(affinity: u32) -> Option<VcpuId> {
    if affinity & 0xffff_fcf0 != 0 {
        return None;
    }
    VcpuId::new((affinity & 0xf | affinity >> 4 & 0x30) as usize)
}

/// An interrupt as the guest numbers it: SGI (0 to 15), PPI (16 to 31) or SPI (from 32).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VirtualIntid(pub(crate) u16);

impl VirtualIntid {
    /// The interrupt with this INTID, or `None` from 1020 on.
    pub const fn new(intid: u32) -> Option<Self> {
        if intid < FIRST_SPECIAL { Some(Self(intid as u16)) } else { None }
    }

    /// Its INTID.
    pub const fn number(self) -> u32 {
        self.0 as u32
    }

    pub(crate) const fn is_private(self) -> bool {
        self.0 < FIRST_SPI
    }
}

/// An interrupt as the machine's GIC numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PhysicalIntid(pub(crate) u16);

impl PhysicalIntid {
    /// The interrupt with this INTID, or `None` from 1020 on.
    pub const fn new(intid: u32) -> Option<Self> {
        if intid < FIRST_SPECIAL { Some(Self(intid as u16)) } else { None }
    }

    /// Its INTID.
    pub const fn number(self) -> u32 {
        self.0 as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vcpu_is_found_by_its_own_affinity() {
        for index in 0..MAX_VCPUS {
            let vcpu = VcpuId::new(index).unwrap();
            assert_eq!(from_affinity(affinity(vcpu)), Some(vcpu));
        }
    }

    #[test]
    fn an_affinity_outside_the_numbering_names_nobody() {
        for affinity in [0x10, 0x400, 0x1_0000, 0x0100_0000, 0xffff_ffff] {
            assert_eq!(from_affinity(affinity), None);
        }
    }

    #[test]
    fn special_intids_are_no_interrupts() {
        assert_eq!(VirtualIntid::new(1020), None);
        assert_eq!(PhysicalIntid::new(1020), None);
        assert_eq!(VirtualIntid::new(1019).unwrap().number(), 1019);
    }
}
