//! Instruction and data aborts taken to EL2 (Arm ARM DDI 0487, D24.2.40 "ISS encoding for an exception from a
//! Data Abort", HPFAR_EL2 in D24.2.58).

use addr::GuestPhys;
use ids::Width;

/// A load or store whose syndrome says all that emulating it takes (ISV = 1): its syndrome.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RegisterAccess(u32);

/// Bits of the syndrome: ISV, SSE, SF, CM, S1PTW, WnR; fields: SAS, SRT, DFSC without the level.
const VALID: u64 = 1 << 24;
const SIZE_SHIFT: u32 = 22;
const SIGN_EXTEND: u32 = 1 << 21;
const REGISTER_SHIFT: u32 = 16;
const WIDE: u32 = 1 << 15;
const CACHE_MAINTENANCE: u64 = 1 << 8;
const TABLE_WALK: u64 = 1 << 7;
const WRITE: u32 = 1 << 6;
const STATUS: u64 = 0x3c;
const TRANSLATION: u64 = 0x04;
const ACCESS_FLAG: u64 = 0x08;

/// ESR_EL2 of what [`RegisterAccess::plain`] is about, and the fields in which such differ: register, width, direction,
/// size of the register, level of the table.
const PLAIN: u32 = 0x24 << 26 | 1 << 25 | VALID as u32 | TRANSLATION as u32;
const DIFFERENT: u32 = 3 << SIZE_SHIFT | 0x1f << REGISTER_SHIFT | WIDE | WRITE | 3;

impl RegisterAccess {
    /// The access that ESR_EL2 tells of, if it is what drivers do most: a load without sign extension, or a store, at an
    /// address that stage 2 does not map, by a 4-byte instruction whose syndrome says all.
    #[inline(always)]
    pub const fn plain(esr: u64) -> Option<Self> {
        if esr as u32 & !DIFFERENT == PLAIN { Some(Self(esr as u32)) } else { None }
    }

    /// The same where it is known to be one.
    #[inline(always)]
    pub const fn of(esr: u64) -> Self {
        Self(esr as u32)
    }

    /// How much is moved.
    #[inline(always)]
    pub const fn width(self) -> Width {
        match self.0 >> SIZE_SHIFT & 3 {
            0 => Width::Byte,
            1 => Width::Half,
            2 => Width::Word,
            _ => Width::Double,
        }
    }

    /// The general-purpose register; 31 is the zero register.
    #[inline(always)]
    pub const fn register(self) -> u8 {
        (self.0 >> REGISTER_SHIFT & 0x1f) as u8
    }

    /// Whether it is a store.
    #[inline(always)]
    pub const fn is_store(self) -> bool {
        self.0 & WRITE != 0
    }

    /// What the load writes to its register when the device answers `value`.
    #[inline(always)]
    pub const fn extend(self, value: u64) -> u64 {
        let width = self.width();
        let value =
            if self.0 & SIGN_EXTEND != 0 { width.sign_extend(value) } else { width.zero_extend(value) };
        if self.0 & WIDE != 0 { value } else { value & 0xffff_ffff }
    }

    /// The bytes that the store moves, of its register's `value`.
    #[inline(always)]
    pub const fn truncate(self, value: u64) -> u64 {
        self.width().zero_extend(value)
    }
}

impl core::fmt::Debug for RegisterAccess {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let what = if self.is_store() { "store" } else { "load" };
        write!(f, "RegisterAccess({what} {:?} x{})", self.width(), self.register())
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

/// An instruction or data abort of a guest as EL2 sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abort {
    /// ESR_EL2.
    pub esr: u64,
    /// FAR_EL2.
    pub far: u64,
    /// HPFAR_EL2.
    pub hpfar: u64,
}

impl Abort {
    /// The guest-physical address, as exact as the hardware gives it.
    #[inline(always)]
    pub const fn address(&self) -> GuestPhys {
        GuestPhys::new(((self.hpfar >> 4) & 0xff_ffff_ffff) << 12 | (self.far & 0xfff))
    }

    /// What went wrong.
    pub const fn fault(&self) -> Fault {
        match self.esr & STATUS {
            0x00 => Fault::AddressSize,
            TRANSLATION | ACCESS_FLAG => Fault::NotMapped,
            0x0c => Fault::Permission,
            _ => Fault::Other,
        }
    }

    /// The fault hit while stage 1 was being walked: [`Self::address`] is that of a translation table.
    #[inline(always)]
    pub const fn on_table_walk(&self) -> bool {
        self.esr & TABLE_WALK != 0
    }

    /// Of a data abort, the load or store by which a device may be driven: nothing is mapped there, and the syndrome
    /// describes the access.
    #[inline(always)]
    pub const fn device_access(&self) -> Option<RegisterAccess> {
        let whole = self.esr & (VALID | CACHE_MAINTENANCE | TABLE_WALK) == VALID;
        let unmapped = matches!(self.esr & STATUS, TRANSLATION | ACCESS_FLAG);
        if whole && unmapped { Some(RegisterAccess(self.esr as u32)) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: u64 = 0x24 << 26;
    const LEVEL_3: u64 = 0x07;

    fn abort(esr: u64) -> Abort {
        Abort { esr, far: 0x1234, hpfar: 0x8000 }
    }

    #[test]
    fn a_plain_access_is_one_that_the_whole_rules_allow_too() {
        let esr = DATA | 1 << 25 | VALID | 2 << SIZE_SHIFT | 7 << REGISTER_SHIFT | u64::from(WRITE) | LEVEL_3;
        let plain = RegisterAccess::plain(esr).expect("plain");
        assert_eq!(abort(esr).device_access(), Some(plain));
        assert_eq!((plain.register(), plain.width(), plain.is_store()), (7, Width::Word, true));
    }

    #[test]
    fn an_access_with_any_complication_is_not_plain() {
        let esr = DATA | 1 << 25 | VALID | LEVEL_3;
        let complications =
            [VALID, u64::from(SIGN_EXTEND), CACHE_MAINTENANCE, TABLE_WALK, 1 << 3, 1 << 9, 1 << 25, 1 << 26];
        for bit in complications {
            assert_eq!(RegisterAccess::plain(esr ^ bit), None, "{bit:#x}");
        }
    }

    fn load(sas: u64, sse: bool, sf: bool) -> RegisterAccess {
        let esr = DATA | VALID | sas << 22 | u64::from(sse) << 21 | 3 << 16 | u64::from(sf) << 15 | LEVEL_3;
        abort(esr).device_access().unwrap()
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
    fn a_store_moves_the_low_bytes_of_its_register() {
        for (sas, width, expected) in [
            (0, Width::Byte, 0x88),
            (1, Width::Half, 0x7788),
            (2, Width::Word, 0x5566_7788),
            (3, Width::Double, 0x1122_3344_5566_7788),
        ] {
            let store = abort(DATA | VALID | sas << 22 | 9 << 16 | 1 << 6 | LEVEL_3).device_access().unwrap();
            assert_eq!((store.is_store(), store.width(), store.register()), (true, width, 9));
            assert_eq!(store.truncate(0x1122_3344_5566_7788), expected);
        }
        assert!(!load(2, false, false).is_store());
    }

    #[test]
    fn the_address_joins_page_and_offset() {
        let abort =
            Abort { esr: DATA | LEVEL_3, far: 0xffff_0000_dead_b123, hpfar: 0x0000_0090_0000 >> 12 << 4 };
        assert_eq!(abort.address(), GuestPhys::new(0x90_0123));
        assert_eq!(abort.fault(), Fault::NotMapped);
        assert_eq!(abort.device_access(), None);
    }

    #[test]
    fn a_device_is_driven_by_described_accesses_to_what_is_not_mapped_alone() {
        assert!(abort(DATA | VALID | LEVEL_3).device_access().is_some());
        for other in [
            DATA | LEVEL_3,
            DATA | VALID | CACHE_MAINTENANCE | LEVEL_3,
            DATA | VALID | TABLE_WALK | LEVEL_3,
            // A permission fault, an address beyond stage 2, an external abort.
            DATA | VALID | 0x0f,
            DATA | VALID,
            DATA | VALID | 0x10,
        ] {
            assert_eq!(abort(other).device_access(), None, "{other:#x}");
        }
    }
}
