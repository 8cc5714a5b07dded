//! What each trapped access does.

use crate::names::*;
use crate::{GuestIds, SysReg};

/// What the guest gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A read: this value goes to Rt, and the guest continues after the instruction.
    Value(u64),
    /// A write without effect: the guest continues after the instruction.
    Ignored,
    /// The guest takes an Undefined Instruction exception at the instruction.
    Undefined,
    /// A write whose effect is the hypervisor's to carry out; then the guest continues after the instruction.
    Emulate(Emulated),
    /// A read whose value is the hypervisor's to find; then the guest continues after the instruction.
    EmulateRead(Emulated),
}

/// Registers that stand for state outside of what the guest can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emulated {
    /// ICC_SGI1R_EL1: a group 1 SGI of the current security state.
    Sgi1r,
    /// ICC_ASGI1R_EL1: a group 1 SGI of the other security state.
    Asgi1r,
    /// ICC_SGI0R_EL1: a group 0 SGI.
    Sgi0r,
    /// ICC_DIR_EL1: deactivates an interrupt; traps while ICH_HCR_EL2.TDIR or TC is set.
    Deactivate,
    /// ICC_PMR_EL1: the priority mask; traps while ICH_HCR_EL2.TC is set, as the next two do.
    PriorityMask,
    /// ICC_CTLR_EL1: the control register of the CPU interface.
    Control,
    /// ICC_RPR_EL1: the running priority.
    RunningPriority,
}

/// How a register behaves.
#[derive(Clone, Copy)]
enum Behaviour {
    /// Reads give the value, writes do nothing.
    Fixed(u64),
    /// Reads give the value, writes are undefined.
    ReadOnly(u64),
    /// Writes do nothing, reads are undefined.
    WriteIgnored,
    /// Writes have this effect, reads are undefined.
    WriteOnly(Emulated),
    /// Reads and writes are carried out.
    ReadWrite(Emulated),
    /// Reads are carried out, writes are undefined.
    ReadBack(Emulated),
}

const RAZ_WI: Behaviour = Behaviour::Fixed(0);

/// OSLSR_EL1: the OS lock is implemented (OSLM = 0b10) and open (OSLK = 0).
const OS_LOCK_OPEN: u64 = 1 << 3;

/// Every register that traps and still exists for a guest; whatever traps and is absent here is undefined.
/// SGIs come first: they are the only frequent entries.
static TABLE: &[(SysReg, Behaviour)] = &[
    // With HCR_EL2.{IMO,FMO} set, SGI generation traps: only the hypervisor knows which CPU is which vCPU.
    (ICC_SGI1R_EL1, Behaviour::WriteOnly(Emulated::Sgi1r)),
    (ICC_ASGI1R_EL1, Behaviour::WriteOnly(Emulated::Asgi1r)),
    (ICC_SGI0R_EL1, Behaviour::WriteOnly(Emulated::Sgi0r)),
    (ICC_PMR_EL1, Behaviour::ReadWrite(Emulated::PriorityMask)),
    (ICC_DIR_EL1, Behaviour::WriteOnly(Emulated::Deactivate)),
    (ICC_CTLR_EL1, Behaviour::ReadWrite(Emulated::Control)),
    (ICC_RPR_EL1, Behaviour::ReadBack(Emulated::RunningPriority)),
    // With ICC_SRE_EL2.Enable clear this traps: SRE, DFB and DIB are all fixed at 1, since there is no
    // memory-mapped CPU interface to fall back to.
    (ICC_SRE_EL1, Behaviour::Fixed(0b111)),
    // Auxiliary control is implementation defined; a guest must not tune a CPU it may share caches from.
    (ACTLR_EL1, RAZ_WI),
    // MDCR_EL2.TDOSA. Operating systems open the OS lock unconditionally as they boot. A lock that is always
    // open guards nothing here, since the registers behind it are inert.
    (OSLAR_EL1, Behaviour::WriteIgnored),
    (OSLSR_EL1, Behaviour::ReadOnly(OS_LOCK_OPEN)),
    // The double lock is not implemented (ID_AA64DFR0_EL1.DoubleLock = 0b1111), which makes it RAZ/WI.
    (OSDLR_EL1, RAZ_WI),
    // Power-down behaviour of the physical CPU is not the guest's to ask for.
    (DBGPRCR_EL1, RAZ_WI),
    // MDCR_EL2.TDRA: no debug ROM table.
    (MDRAR_EL1, Behaviour::ReadOnly(0)),
    // MDCR_EL2.TDA. An Armv8 CPU cannot lack self-hosted debug, so that the registers exist, in the smallest
    // number the architecture allows; they hold nothing and never match.
    (MDSCR_EL1, RAZ_WI),
    (DBGBVR0_EL1, RAZ_WI),
    (DBGBCR0_EL1, RAZ_WI),
    (DBGBVR1_EL1, RAZ_WI),
    (DBGBCR1_EL1, RAZ_WI),
    (DBGWVR0_EL1, RAZ_WI),
    (DBGWCR0_EL1, RAZ_WI),
    (DBGWVR1_EL1, RAZ_WI),
    (DBGWCR1_EL1, RAZ_WI),
    // No external debugger is ever at the other end of the debug communications channel.
    (MDCCINT_EL1, RAZ_WI),
    (MDCCSR_EL0, Behaviour::ReadOnly(0)),
    (DBGDTR_EL0, RAZ_WI),
    (DBGDTRTX_EL0, RAZ_WI),
    (OSDTRRX_EL1, RAZ_WI),
    (OSDTRTX_EL1, RAZ_WI),
    (OSECCR_EL1, RAZ_WI),
    // Eight claim tags are mandatory; CLAIMSET reads as ones to say how many there are.
    (DBGCLAIMSET_EL1, Behaviour::Fixed(0xff)),
    (DBGCLAIMCLR_EL1, RAZ_WI),
    // No debug authentication interface.
    (DBGAUTHSTATUS_EL1, Behaviour::ReadOnly(0)),
];

/// What an access to `reg` does that trapped under the controls of [`crate::traps`]. `read` tells MRS from MSR.
///
/// Undefined by absence from the table, among others: the PMU (MDCR_EL2.TPM, PMUVer = 0), statistical
/// profiling, trace and branch records, activity monitors, RAS error records (HCR_EL2.TERR), limited-ordering
/// regions (TLOR), implementation-defined registers (TIDCP), SVE, SME, MTE and SCXTNUM_ELx, and whatever a
/// later architecture adds behind a trap that is armed by default.
pub fn decide(ids: &GuestIds, reg: SysReg, read: bool) -> Outcome {
    if reg.is_id_group() {
        // MSR to these encodings is unallocated.
        return if read { Outcome::Value(ids.read(reg)) } else { Outcome::Undefined };
    }
    let Some((_, behaviour)) = TABLE.iter().find(|(listed, _)| *listed == reg) else {
        return Outcome::Undefined;
    };
    match (*behaviour, read) {
        (Behaviour::Fixed(value) | Behaviour::ReadOnly(value), true) => Outcome::Value(value),
        (Behaviour::Fixed(_) | Behaviour::WriteIgnored, false) => Outcome::Ignored,
        (Behaviour::WriteOnly(effect) | Behaviour::ReadWrite(effect), false) => Outcome::Emulate(effect),
        (Behaviour::ReadWrite(register) | Behaviour::ReadBack(register), true) => {
            Outcome::EmulateRead(register)
        }
        (Behaviour::ReadOnly(_) | Behaviour::ReadBack(_), false)
        | (Behaviour::WriteIgnored | Behaviour::WriteOnly(_), true) => Outcome::Undefined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_register_is_listed_twice_or_shadowed_by_the_id_group() {
        for (index, (reg, _)) in TABLE.iter().enumerate() {
            assert!(!reg.is_id_group(), "{reg:?}");
            assert!(TABLE[..index].iter().all(|(earlier, _)| earlier != reg), "{reg:?}");
        }
    }
}
