//! The format of a list register, `ICH_LR<n>_EL2` (IHI 0069, 12.4). A GICv2 has the same fields, closer together:
//! [`gich`](crate::gich) translates.

use crate::ids::{PhysicalIntid, VirtualIntid};

const PENDING: u64 = 1 << 62;
const ACTIVE: u64 = 1 << 63;
const HARDWARE: u64 = 1 << 61;
const GROUP_ONE: u64 = 1 << 60;
const END_MAINTENANCE: u64 = 1 << 41;
const PRIORITY_SHIFT: u32 = 48;
const PHYSICAL_SHIFT: u32 = 32;
/// The sender of an SGI of a GICv2: the lowest bits of the physical interrupt, as in `GICH_LR<n>`.
const SENDER: u64 = 7 << PHYSICAL_SHIFT;
/// There is a sender. The model's own note, for which `GICH_LR<n>` has no bit.
const HAS_SENDER: u64 = 1 << 44;
#[cfg(test)]
const PHYSICAL_MASK: u64 = 0x1fff;

/// A list register's contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct ListRegister(u64);

/// What ends with the interrupt in a list register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing else.
    Silent,
    /// A maintenance interrupt comes (EOI, bit 41).
    Maintenance,
    /// The hardware deactivates this physical interrupt (HW, bit 61).
    Deactivates(PhysicalIntid),
}

impl ListRegister {
    /// No interrupt.
    pub(crate) const EMPTY: Self = Self(0);

    pub(crate) const fn from_raw(raw: u64) -> Self {
        Self(raw)
    }

    pub(crate) const fn new(intid: VirtualIntid, priority: u8, group_one: bool, end: End) -> Self {
        let end = match end {
            End::Silent => 0,
            End::Maintenance => END_MAINTENANCE,
            End::Deactivates(physical) => HARDWARE | (physical.0 as u64) << PHYSICAL_SHIFT,
        };
        let group = if group_one { GROUP_ONE } else { 0 };
        Self(end | group | (priority as u64) << PRIORITY_SHIFT | intid.0 as u64)
    }

    pub(crate) const fn with_state(self, pending: bool, active: bool) -> Self {
        let pending = if pending { PENDING } else { 0 };
        let active = if active { ACTIVE } else { 0 };
        Self(self.0 & !(PENDING | ACTIVE) | pending | active)
    }

    pub(crate) const fn raw(self) -> u64 {
        self.0
    }

    pub(crate) const fn intid(self) -> VirtualIntid {
        VirtualIntid(self.0 as u16)
    }

    pub(crate) const fn priority(self) -> u8 {
        (self.0 >> PRIORITY_SHIFT) as u8
    }

    pub(crate) const fn is_group_one(self) -> bool {
        self.0 & GROUP_ONE != 0
    }

    pub(crate) const fn is_pending(self) -> bool {
        self.0 & PENDING != 0
    }

    pub(crate) const fn is_active(self) -> bool {
        self.0 & ACTIVE != 0
    }

    pub(crate) const fn is_hardware(self) -> bool {
        self.0 & HARDWARE != 0
    }

    /// The same for an SGI of a GICv2: it comes from this sender, 0 to 7, and its end raises a maintenance interrupt or does
    /// not.
    pub(crate) const fn with_sender(self, sender: u8, maintenance: bool) -> Self {
        let end = if maintenance { END_MAINTENANCE } else { 0 };
        let sender = (sender as u64) << PHYSICAL_SHIFT & SENDER;
        Self(self.0 & !(END_MAINTENANCE | SENDER) | HAS_SENDER | sender | end)
    }

    /// Whether it is an SGI of a GICv2.
    pub(crate) const fn has_sender(self) -> bool {
        self.0 & HAS_SENDER != 0
    }

    /// The sender of an SGI of a GICv2.
    pub(crate) const fn sender(self) -> u8 {
        ((self.0 & SENDER) >> PHYSICAL_SHIFT) as u8
    }

    /// The physical interrupt that is deactivated with it.
    #[cfg(test)]
    pub(crate) const fn physical(self) -> Option<PhysicalIntid> {
        if self.is_hardware() {
            Some(PhysicalIntid((self.0 >> PHYSICAL_SHIFT & PHYSICAL_MASK) as u16))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_where_the_architecture_has_them() {
        let physical = PhysicalIntid::new(90).unwrap();
        let contents = ListRegister::new(VirtualIntid(33), 0xa8, true, End::Deactivates(physical));
        assert_eq!(contents.with_state(true, false).raw(), 0x70a8_005a_0000_0021);
        assert_eq!(contents.with_state(false, true).raw(), 0xb0a8_005a_0000_0021);
        assert_eq!(contents.physical(), Some(physical));
    }

    #[test]
    fn a_maintenance_request_is_bit_41_of_a_software_interrupt() {
        let contents = ListRegister::new(VirtualIntid(5), 0, false, End::Maintenance).with_state(true, true);
        assert_eq!(contents.raw(), 0xc000_0200_0000_0005);
        assert!(!contents.is_hardware());
    }
}
