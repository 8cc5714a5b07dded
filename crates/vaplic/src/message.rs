//! Messages: what target and genmsi say about where an MSI goes and what it carries.

use ids::VcpuId;

/// Hart Index in target and genmsi (AIA 1.0, 4.5.15 and 4.5.16).
const HART_SHIFT: u32 = 18;
/// EIID in target and genmsi.
const EIID_BITS: u32 = 0x7ff;
/// What target and genmsi keep: hart index and EIID. Guest Index is read-only zero, for the zone's harts have no
/// hypervisor extension; bit 11 is reserved; genmsi.Busy is never seen set, for an MSI leaves at once.
pub(crate) const STORED: u32 = u32::MAX.wrapping_shl(HART_SHIFT) | EIID_BITS;

/// An external interrupt identity: 0 to 2047 (AIA 1.0, 3.1). An interrupt file ignores 0 and those that it does not
/// implement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Eiid(u16);

impl Eiid {
    /// Its number, as an MSI carries it.
    pub const fn number(self) -> u32 {
        self.0 as u32
    }
}

/// An MSI to a vCPU of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// To the interrupt file that its supervisor level sees. Its number is the hart index that the guest writes.
    pub vcpu: VcpuId,
    /// What is written there. The guest chooses it; it may be one that the interrupt file does not have.
    pub eiid: Eiid,
}

impl Message {
    /// The message that a target or genmsi register describes, in the domain of a zone with so many vCPUs. `None`
    /// if none of them has this hart index.
    pub(crate) fn from_register(value: u32, vcpus: u8) -> Option<Self> {
        let vcpu = VcpuId::new((value >> HART_SHIFT) as usize)?;
        let eiid = Eiid((value & EIID_BITS) as u16);
        (vcpu.index() < usize::from(vcpus)).then_some(Self { vcpu, eiid })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_goes_to_the_hart_of_bits_31_to_18_with_the_eiid_of_bits_10_to_0() {
        let message = Message::from_register(3 << 18 | 0x3f << 12 | 1 << 11 | 0x7ab, 4).unwrap();
        assert_eq!((message.vcpu.index(), message.eiid.number()), (3, 0x7ab));
    }

    #[test]
    fn there_is_no_message_to_a_hart_outside_the_zone() {
        for hart in [4, 63, 64, 256, 0x3fff] {
            assert_eq!(Message::from_register(hart << 18 | 1, 4), None);
        }
    }
}
