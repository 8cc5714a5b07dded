//! How the physical ID registers become a guest's.

use crate::SysReg;
use crate::id_table::{FIRST_OF_AARCH64, PLACES, RawIds, Rule};
use crate::packed::{KEPT, RULED};

/// The identification registers that a guest sees on one CPU.
///
/// The physical CPU decides what is possible, [`sanitise`](Self::sanitise) what of it a guest is told. CPUs of
/// different kinds have different values: keep one of these per CPU.
///
/// Kept by encoding: a booting Linux reads them tens of thousands of times, and a search each time would be most of
/// what such a read costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestIds([u64; PLACES]);

impl GuestIds {
    /// What a guest may know of a CPU whose ID registers read `raw`.
    pub fn sanitise(raw: &RawIds) -> Self {
        let physical = raw.in_place();
        let mut guest = [0; PLACES];
        for ((guest, physical), kept) in guest.iter_mut().zip(&physical).zip(&KEPT) {
            let fields = (0..16u32).filter(|field| kept >> field & 1 != 0);
            *guest = fields.fold(0, |guest, field| guest | physical & 0xf << field.wrapping_mul(4));
        }
        for (place, (low, rule)) in &RULED {
            let place = usize::from(*place);
            if let (Some(guest), Some(physical)) = (guest.get_mut(place), physical.get(place)) {
                *guest |= rule.apply(physical >> low & 0xf) << low;
            }
        }
        // Without AArch32 the registers that describe it read UNKNOWN values (D24.2, "ID_ISAR0_EL1").
        if raw.id_aa64pfr0_el1 & 0xf != EL0_RUNS_AARCH32 {
            guest.iter_mut().take(FIRST_OF_AARCH64).for_each(|register| *register = 0);
        }
        Self(guest)
    }

    /// What an MRS of `reg` gives, for any register of the space S3_0_C0_C1_0 to S3_0_C0_C7_7. Reserved
    /// encodings, and anything else, read 0.
    #[inline]
    pub fn read(&self, reg: SysReg) -> u64 {
        let is_id = reg.op0() == 3 && reg.op1() == 0 && reg.crn() == 0;
        let encoding = usize::from(reg.crm()).wrapping_mul(8).wrapping_add(usize::from(reg.op2()));
        let value = encoding.checked_sub(8).and_then(|index| self.0.get(index));
        value.copied().filter(|_| is_id).unwrap_or(0)
    }
}

/// Fields of the ISS of exception class 0x18, and what they hold for a read of a register `S3_0_C0_Cm_op2` (D24.2).
const SPACE: u32 = 3 << 20 | 7 << 14 | 0xf << 10 | 1;
const ID_READ: u32 = 3 << 20 | 1;

impl GuestIds {
    /// Answers the trap with this ISS of exception class 0x18, if it is a read of an identification register: the
    /// general-purpose register, of which 31 is the zero register, and its value. The short way to what
    /// [`decide`](crate::decide) says of it.
    #[inline(always)]
    pub fn answer(&self, iss: u32) -> Option<(u8, u64)> {
        let encoding = iss.wrapping_shr(1) & 0xf;
        let index = (encoding.wrapping_shl(3) | iss.wrapping_shr(17) & 7).checked_sub(8)?;
        let value = *self.0.get(index as usize)?;
        (iss & SPACE == ID_READ).then_some((iss.wrapping_shr(5) as u8 & 0x1f, value))
    }
}

/// ID_AA64PFR0_EL1.EL0: both execution states.
const EL0_RUNS_AARCH32: u64 = 2;

impl Rule {
    /// What a guest sees of a field that physically holds `value`.
    fn apply(self, value: u64) -> u64 {
        match self {
            Self::Keep => value,
            Self::AtMost(limit) => value.min(u64::from(limit)),
            Self::SignedAtMost(limit) => {
                if value >= 8 {
                    value
                } else {
                    value.min(u64::from(limit))
                }
            }
            Self::Force(value) => u64::from(value & 0xf),
        }
    }
}
