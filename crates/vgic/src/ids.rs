//! The names of things: vCPUs, sets of them, virtual and physical interrupts. Distinct types, so that none is
//! ever taken for another.

/// The most vCPUs that one zone can have.
pub const MAX_VCPUS: usize = 64;

/// INTIDs from here on are special answers (1020 to 1023) or LPIs, which the model does not have (IHI 0069, 2.2).
const FIRST_SPECIAL: u32 = 1020;

/// INTIDs below are SGIs (IHI 0069, 2.2).
pub(crate) const FIRST_PPI: u16 = 16;
/// INTIDs below are private to one vCPU (IHI 0069, 2.2).
pub(crate) const FIRST_SPI: u16 = 32;

/// A vCPU of the zone, by its number: 0 is the one that boots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VcpuId(pub(crate) u8);

impl VcpuId {
    /// The vCPU with this number, or `None` from [`MAX_VCPUS`] on.
    pub const fn new(index: usize) -> Option<Self> {
        if index < MAX_VCPUS { Some(Self(index as u8)) } else { None }
    }

    /// Its number, below [`MAX_VCPUS`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The vCPU's affinity as GICR_TYPER and GICD_IROUTER pack it, Aff3.Aff2.Aff1.Aff0 in 8 bits each:
    /// Aff0 is the number modulo 16, Aff1 the number divided by 16, the rest 0.
    pub(crate) const fn affinity(self) -> u32 {
        (self.0 as u32 & 0xf) | (self.0 as u32 >> 4) << 8
    }

    /// The vCPU that has this affinity, if one can.
    pub(crate) const fn from_affinity(affinity: u32) -> Option<Self> {
        if affinity & 0xffff_fcf0 != 0 {
            return None;
        }
        Some(Self((affinity & 0xf | affinity >> 4 & 0x30) as u8))
    }
}

/// A set of vCPUs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VcpuSet(u64);

impl VcpuSet {
    /// The set of nobody.
    pub const EMPTY: Self = Self(0);

    /// Whether nobody is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `vcpu` is in it.
    pub const fn contains(self, vcpu: VcpuId) -> bool {
        self.0 >> vcpu.0 & 1 == 1
    }

    /// Puts `vcpu` in.
    pub const fn insert(&mut self, vcpu: VcpuId) {
        self.0 |= 1u64.wrapping_shl(vcpu.0 as u32);
    }

    /// Its members, lowest number first.
    pub fn iter(self) -> impl Iterator<Item = VcpuId> {
        let mut left = self.0;
        core::iter::from_fn(move || {
            let lowest = left.trailing_zeros();
            left &= left.wrapping_sub(1);
            (lowest < u64::BITS).then_some(VcpuId(lowest as u8))
        })
    }
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
            assert_eq!(VcpuId::from_affinity(vcpu.affinity()), Some(vcpu));
        }
    }

    #[test]
    fn an_affinity_outside_the_numbering_names_nobody() {
        for affinity in [0x10, 0x400, 0x1_0000, 0x0100_0000, 0xffff_ffff] {
            assert_eq!(VcpuId::from_affinity(affinity), None);
        }
    }

    #[test]
    fn a_set_lists_its_members_in_order() {
        let mut set = VcpuSet::EMPTY;
        for index in [63, 0, 5] {
            set.insert(VcpuId(index));
        }
        assert_eq!(set.iter().map(VcpuId::index).collect::<std::vec::Vec<_>>(), [0, 5, 63]);
        assert!(set.contains(VcpuId(5)) && !set.contains(VcpuId(4)));
    }

    #[test]
    fn special_intids_are_no_interrupts() {
        assert_eq!(VirtualIntid::new(1020), None);
        assert_eq!(PhysicalIntid::new(1020), None);
        assert_eq!(VirtualIntid::new(1019).unwrap().number(), 1019);
    }
}
