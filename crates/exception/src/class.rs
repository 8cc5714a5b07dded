//! Exception classes of ESR_ELx.EC that can reach EL2 from a guest (Arm ARM DDI 0487, D24.2.40).

/// Why a guest left for EL2, as far as the outcomes differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// 0x16: HVC from AArch64; the return address is already past the instruction.
    Hvc,
    /// 0x17: SMC from AArch64, trapped by HCR_EL2.TSC; the return address is the instruction.
    Smc,
    /// 0x18: MSR, MRS or system instruction.
    SystemRegister,
    /// 0x20: instruction abort from a lower exception level.
    InstructionAbort,
    /// 0x24: data abort from a lower exception level.
    DataAbort,
    /// 0x01: WFI, WFE and their timed forms.
    Wait,
    /// Instructions that the zone's CPUs do not have: the guest takes an Undefined Instruction exception.
    /// Unknown reason, AArch32 coprocessor accesses and calls, SVE, SME, floating point when trapped, pointer
    /// authentication, LD64B, ERET and TSTART.
    Undefined,
    /// Anything else: it has no business reaching EL2.
    Unexpected,
}

const HVC: u64 = 0x16;
const SYSTEM_REGISTER: u64 = 0x18;
const DATA_ABORT: u64 = 0x24;

impl Class {
    /// The class, of those that guests leave for most: [`Class::Hvc`], [`Class::SystemRegister`] and
    /// [`Class::DataAbort`]. All others are [`Class::Unexpected`] to this.
    #[inline(always)]
    pub const fn frequent(esr: u64) -> Self {
        match (esr >> 26) & 0x3f {
            HVC => Self::Hvc,
            SYSTEM_REGISTER => Self::SystemRegister,
            DATA_ABORT => Self::DataAbort,
            _ => Self::Unexpected,
        }
    }

    /// The class in an ESR_EL2 value.
    pub const fn of(esr: u64) -> Self {
        match (esr >> 26) & 0x3f {
            0x01 => Self::Wait,
            HVC => Self::Hvc,
            0x17 => Self::Smc,
            SYSTEM_REGISTER => Self::SystemRegister,
            0x20 => Self::InstructionAbort,
            DATA_ABORT => Self::DataAbort,
            0x00 | 0x03 | 0x04 | 0x05 | 0x06 | 0x07 | 0x08 | 0x09 | 0x0a | 0x0c | 0x0d | 0x11 | 0x12
            | 0x13 | 0x14 | 0x19 | 0x1a | 0x1b | 0x1d => Self::Undefined,
            _ => Self::Unexpected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_class() {
        for ec in 0..64u64 {
            let class = Class::of(ec << 26 | 0x1ff_ffff);
            let frequent = matches!(class, Class::Hvc | Class::SystemRegister | Class::DataAbort);
            assert_eq!(Class::frequent(ec << 26), if frequent { class } else { Class::Unexpected });
            match ec {
                HVC => assert_eq!(class, Class::Hvc),
                0x24 => assert_eq!(class, Class::DataAbort),
                // A data abort of the hypervisor itself never arrives by a lower-EL vector.
                0x25 => assert_eq!(class, Class::Unexpected),
                _ => {}
            }
        }
    }
}
