//! The number of a system register, and the syndrome of a trapped access to one (DDI 0487, D24.2 "ISS
//! encoding for an exception from MSR, MRS, or System instruction execution in AArch64 state").

use core::fmt;

/// A system register or system instruction by its encoding: op0, op1, CRn, CRm, op2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SysReg(u16);

impl SysReg {
    /// The register `S<op0>_<op1>_C<crn>_C<crm>_<op2>`. Bits of an operand beyond its field (2, 3, 4, 4 and 3
    /// bits) are dropped.
    pub const fn new(op0: u8, op1: u8, crn: u8, crm: u8, op2: u8) -> Self {
        Self(
            ((op0 & 3) as u16) << 14
                | ((op1 & 7) as u16) << 11
                | ((crn & 0xf) as u16) << 7
                | ((crm & 0xf) as u16) << 3
                | (op2 & 7) as u16,
        )
    }

    /// op0, 2 bits: 1 is a system instruction, 2 debug and trace, 3 everything else.
    pub const fn op0(self) -> u8 {
        (self.0 >> 14) as u8
    }

    /// op1, 3 bits.
    pub const fn op1(self) -> u8 {
        (self.0 >> 11) as u8 & 7
    }

    /// CRn, 4 bits.
    pub const fn crn(self) -> u8 {
        (self.0 >> 7) as u8 & 0xf
    }

    /// CRm, 4 bits.
    pub const fn crm(self) -> u8 {
        (self.0 >> 3) as u8 & 0xf
    }

    /// op2, 3 bits.
    pub const fn op2(self) -> u8 {
        self.0 as u8 & 7
    }

    /// Whether it is of ID group 3, which HCR_EL2.TID3 traps: all of S3_0_C0_C1_0 to S3_0_C0_C7_7, reserved encodings
    /// included.
    pub(crate) const fn is_id_group(self) -> bool {
        self.op0() == 3 && self.op1() == 0 && self.crn() == 0 && matches!(self.crm(), 1..=7)
    }

    /// Decodes the ISS of exception class 0x18. Bits above the 25 of an ISS are ignored.
    pub fn from_iss(iss: u32) -> TrappedAccess {
        let bits = |low: u32, mask: u32| ((iss >> low) & mask) as u8;
        TrappedAccess {
            reg: Self::new(bits(20, 3), bits(14, 7), bits(10, 0xf), bits(1, 0xf), bits(17, 7)),
            rt: bits(5, 0x1f),
            read: iss & 1 != 0,
        }
    }
}

/// As assemblers write a register they have no name for, e.g. `S3_0_C12_C11_5`.
impl fmt::Debug for SysReg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S{}_{}_C{}_C{}_{}", self.op0(), self.op1(), self.crn(), self.crm(), self.op2())
    }
}

/// One trapped MSR, MRS or system instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrappedAccess {
    /// The register.
    pub reg: SysReg,
    /// The general-purpose register moved to or from, 0 to 31; 31 is the zero register.
    pub rt: u8,
    /// MRS (or SYSL) rather than MSR (or SYS).
    pub read: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_survives_packing() {
        for raw in 0..=u16::MAX {
            let reg = SysReg(raw);
            assert_eq!(SysReg::new(reg.op0(), reg.op1(), reg.crn(), reg.crm(), reg.op2()), reg);
        }
    }

    #[test]
    fn the_syndrome_of_a_write_to_icc_sgi1r_decodes() {
        // MSR S3_0_C12_C11_5, x7
        let iss = 3 << 20 | 5 << 17 | 12 << 10 | 7 << 5 | 11 << 1;
        let access = SysReg::from_iss(iss);
        assert_eq!(access, TrappedAccess { reg: SysReg::new(3, 0, 12, 11, 5), rt: 7, read: false });
        assert!(SysReg::from_iss(iss | 1).read);
    }

    #[test]
    fn a_register_prints_as_an_assembler_spells_it() {
        assert_eq!(format!("{:?}", SysReg::new(3, 3, 14, 0, 1)), "S3_3_C14_C0_1");
    }
}
