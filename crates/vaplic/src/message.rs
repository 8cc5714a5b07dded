//! Messages: what target and genmsi say about where an MSI goes and what it carries.

use crate::ids::HartIndex;

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

/// An MSI to a hart of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// To the interrupt file that this hart's supervisor level sees.
    pub hart: HartIndex,
    /// What is written there. The guest chooses it; it may be one that the interrupt file does not have.
    pub eiid: Eiid,
}

impl Message {
    /// The message that a target or genmsi register describes, in a domain with so many harts. `None` if the zone
    /// has no hart with this index.
    pub(crate) fn from_register(value: u32, harts: u8) -> Option<Self> {
        let hart = HartIndex::new((value >> HART_SHIFT) as usize)?;
        let eiid = Eiid((value & EIID_BITS) as u16);
        (hart.0 < harts).then_some(Self { hart, eiid })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_goes_to_the_hart_of_bits_31_to_18_with_the_eiid_of_bits_10_to_0() {
        let message = Message::from_register(3 << 18 | 0x3f << 12 | 1 << 11 | 0x7ab, 4).unwrap();
        assert_eq!((message.hart.index(), message.eiid.number()), (3, 0x7ab));
    }

    #[test]
    fn there_is_no_message_to_a_hart_outside_the_zone() {
        for hart in [4, 63, 64, 256, 0x3fff] {
            assert_eq!(Message::from_register(hart << 18 | 1, 4), None);
        }
    }
}
