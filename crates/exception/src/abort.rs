//! Instruction and data aborts taken to EL2 (Arm ARM DDI 0487, D24.2.40 "ISS encoding for an exception from a
//! Data Abort", HPFAR_EL2 in D24.2.58).

use addr::GuestPhys;
use ids::Width;

/// A load or store whose syndrome says all that emulating it takes (ISV = 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisterAccess {
    /// How much is moved.
    pub width: Width,
    /// The general-purpose register; 31 is the zero register.
    pub register: u8,
    /// A store.
    pub write: bool,
    /// A load extends the sign.
    sign_extend: bool,
    /// The register is 64 bits wide (SF).
    wide: bool,
}

impl RegisterAccess {
    /// What the load writes to its register when the device answers `value`.
    pub const fn extend(self, value: u64) -> u64 {
        let unused = match self.width {
            Width::Byte => 56,
            Width::Half => 48,
            Width::Word => 32,
            Width::Double => 0,
        };
        let value = if self.sign_extend {
            (((value << unused) as i64) >> unused) as u64
        } else {
            (value << unused) >> unused
        };
        if self.wide { value } else { value & 0xffff_ffff }
    }

    /// The bytes that the store moves, of its register's `value`.
    pub const fn truncate(self, value: u64) -> u64 {
        match self.width {
            Width::Byte => value & 0xff,
            Width::Half => value & 0xffff,
            Width::Word => value & 0xffff_ffff,
            Width::Double => value,
        }
    }
}

/// What stage 2 objected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is mapped there (translation or access-flag fault).
    NotMapped,
    /// Mapped, but not for this kind of access.
    Permission,
    /// Beyond the input size of stage 2.
    AddressSize,
    /// Anything else: external aborts, TLB conflicts, hardware update faults.
    Other,
}

/// An abort of a guest as EL2 sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abort {
    /// The guest-physical address, as exact as the hardware gives it.
    pub address: GuestPhys,
    /// What went wrong.
    pub fault: Fault,
    /// The fault hit while stage 1 was being walked: `address` is that of a translation table.
    pub on_table_walk: bool,
    /// The load or store, where the syndrome describes one.
    pub access: Option<RegisterAccess>,
}

impl Abort {
    /// Reads ESR_EL2, FAR_EL2 and HPFAR_EL2 of a data or instruction abort.
    pub const fn decode(esr: u64, far: u64, hpfar: u64) -> Self {
        let fault = match esr & 0x3c {
            0x00 => Fault::AddressSize,
            0x04 | 0x08 => Fault::NotMapped,
            0x0c => Fault::Permission,
            _ => Fault::Other,
        };
        let is_data = (esr >> 26) & 0x3f == 0x24;
        let cache_maintenance = esr & (1 << 8) != 0;
        let syndrome_valid = esr & (1 << 24) != 0;
        let access = if is_data && syndrome_valid && !cache_maintenance {
            Some(RegisterAccess {
                width: match (esr >> 22) & 3 {
                    0 => Width::Byte,
                    1 => Width::Half,
                    2 => Width::Word,
                    _ => Width::Double,
                },
                register: ((esr >> 16) & 0x1f) as u8,
                write: esr & (1 << 6) != 0,
                sign_extend: esr & (1 << 21) != 0,
                wide: esr & (1 << 15) != 0,
            })
        } else {
            None
        };
        Self {
            address: GuestPhys::new(((hpfar >> 4) & 0xff_ffff_ffff) << 12 | (far & 0xfff)),
            fault,
            on_table_walk: esr & (1 << 7) != 0,
            access,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(sas: u64, sse: bool, sf: bool) -> RegisterAccess {
        let esr =
            0x24 << 26 | 1 << 24 | sas << 22 | u64::from(sse) << 21 | 3 << 16 | u64::from(sf) << 15 | 0x07;
        Abort::decode(esr, 0x1234, 0x8000).access.unwrap()
    }

    #[test]
    fn sign_and_zero_extension_follow_the_register_width() {
        assert_eq!(load(0, false, false).extend(0x1ff), 0xff);
        assert_eq!(load(0, true, false).extend(0x80), 0xffff_ff80);
        assert_eq!(load(1, true, true).extend(0x8000), 0xffff_ffff_ffff_8000);
        assert_eq!(load(2, true, true).extend(0x8000_0000), 0xffff_ffff_8000_0000);
        assert_eq!(load(2, false, false).extend(0xffff_ffff_8000_0000), 0x8000_0000);
        assert_eq!(load(3, false, true).extend(u64::MAX), u64::MAX);
    }

    #[test]
    fn the_address_joins_page_and_offset() {
        let abort = Abort::decode(0x24 << 26 | 0x07, 0xffff_0000_dead_b123, 0x0000_0090_0000 >> 12 << 4);
        assert_eq!(abort.address, GuestPhys::new(0x90_0123));
        assert_eq!(abort.fault, Fault::NotMapped);
        assert_eq!(abort.access, None);
    }

    #[test]
    fn cache_maintenance_and_instruction_aborts_are_no_register_access() {
        let valid = 1 << 24;
        assert_eq!(Abort::decode(0x24 << 26 | valid | 1 << 8 | 0x07, 0, 0).access, None);
        assert_eq!(Abort::decode(0x20 << 26 | valid | 0x07, 0, 0).access, None);
    }
}
