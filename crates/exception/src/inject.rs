//! Exceptions that a guest takes because the hypervisor says so: the state that hardware would set when taking
//! an exception to EL1 (Arm ARM DDI 0487, D1.3.1 "Exception entry", `AArch64.TakeException`).

/// The exception to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injection {
    /// Undefined Instruction: EC 0, as for an unallocated encoding.
    Undefined,
    /// Synchronous external abort on a data access at this virtual address.
    DataAbort {
        /// FAR_EL2.
        address: u64,
        /// Hit on a stage-1 table walk.
        on_table_walk: bool,
    },
    /// Synchronous external abort on an instruction fetch.
    InstructionAbort {
        /// FAR_EL2.
        address: u64,
        /// Hit on a stage-1 table walk.
        on_table_walk: bool,
    },
}

/// The guest at the moment of the trap.
#[derive(Clone, Copy, Debug)]
pub struct GuestState {
    /// SPSR_EL2: the guest's PSTATE.
    pub pstate: u64,
    /// ELR_EL2.
    pub pc: u64,
    /// VBAR_EL1.
    pub vbar: u64,
    /// SCTLR_EL1.
    pub sctlr: u64,
    /// ESR_EL2: its IL bit tells the length of the instruction.
    pub esr: u64,
    /// The CPU implements FEAT_PAN.
    pub has_pan: bool,
    /// The CPU implements FEAT_SSBS.
    pub has_ssbs: bool,
    /// The CPU implements FEAT_MTE2: PSTATE.TCO exists.
    pub has_mte: bool,
    /// The CPU implements FEAT_NMI: PSTATE.ALLINT exists.
    pub has_nmi: bool,
}

/// What to write before returning to the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Injected {
    /// ELR_EL2.
    pub pc: u64,
    /// SPSR_EL2.
    pub pstate: u64,
    /// ELR_EL1.
    pub elr: u64,
    /// SPSR_EL1.
    pub spsr: u64,
    /// ESR_EL1.
    pub esr: u64,
    /// FAR_EL1 where the exception sets it.
    pub far: Option<u64>,
}

const MODE_AARCH32: u64 = 1 << 4;
const MODE_EL1T: u64 = 0b0100;
const MODE_EL1H: u64 = 0b0101;
const DAIF: u64 = 0xf << 6;
const SSBS: u64 = 1 << 12;
const ALLINT: u64 = 1 << 13;
const PAN: u64 = 1 << 22;
const DIT: u64 = 1 << 24;
const TCO: u64 = 1 << 25;
const NZCV: u64 = 0xf << 28;

const SCTLR_SPAN: u64 = 1 << 23;
const SCTLR_DSSBS: u64 = 1 << 44;
const SCTLR_SPINTMASK: u64 = 1 << 62;

const IL: u64 = 1 << 25;
const DFSC_EXTERNAL: u64 = 0x10;
const DFSC_EXTERNAL_ON_WALK_LEVEL_3: u64 = 0x17;

impl Injection {
    /// The state in which `guest` takes this exception.
    pub const fn apply(self, guest: &GuestState) -> Injected {
        let from_el0 = guest.pstate & (MODE_AARCH32 | 0xc) == 0 || guest.pstate & MODE_AARCH32 != 0;
        let vector = if guest.pstate & MODE_AARCH32 != 0 {
            0x600
        } else if from_el0 {
            0x400
        } else if guest.pstate & 0xf == MODE_EL1T {
            0x000
        } else {
            0x200
        };

        // PSTATE bits that survive, are cleared, or follow SCTLR_EL1 on exception entry.
        let mut pstate = guest.pstate & (NZCV | DIT | PAN) | DAIF | MODE_EL1H;
        if guest.has_pan && guest.sctlr & SCTLR_SPAN == 0 {
            pstate |= PAN;
        }
        if guest.has_ssbs && guest.sctlr & SCTLR_DSSBS != 0 {
            pstate |= SSBS;
        }
        if guest.has_mte {
            pstate |= TCO;
        }
        if guest.has_nmi && guest.sctlr & SCTLR_SPINTMASK == 0 {
            pstate |= ALLINT;
        }

        let (esr, far) = match self {
            Self::Undefined => (IL, None),
            Self::DataAbort { address, on_table_walk } => {
                let class: u64 = if from_el0 { 0x24 } else { 0x25 };
                // WnR and CM tell the guest what it did; the rest describes EL2's view.
                let kind = guest.esr & (1 << 6 | 1 << 8);
                (class << 26 | instruction_length(guest) | kind | status(on_table_walk), Some(address))
            }
            Self::InstructionAbort { address, on_table_walk } => {
                let class: u64 = if from_el0 { 0x20 } else { 0x21 };
                (class << 26 | IL | status(on_table_walk), Some(address))
            }
        };
        Injected { pc: guest.vbar.wrapping_add(vector), pstate, elr: guest.pc, spsr: guest.pstate, esr, far }
    }
}

const fn status(on_table_walk: bool) -> u64 {
    if on_table_walk { DFSC_EXTERNAL_ON_WALK_LEVEL_3 } else { DFSC_EXTERNAL }
}

/// ESR_ELx.IL as the trap reported it: AArch32 code at EL0 may have used a 16-bit instruction.
const fn instruction_length(guest: &GuestState) -> u64 {
    guest.esr & IL
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(pstate: u64) -> GuestState {
        GuestState {
            pstate,
            pc: 0x8000_1234,
            vbar: 0xffff_0000_0000_0800,
            sctlr: SCTLR_SPAN,
            esr: 0x24 << 26 | IL | 1 << 6 | 0x07,
            has_pan: true,
            has_ssbs: true,
            has_mte: false,
            has_nmi: false,
        }
    }

    #[test]
    fn the_vector_follows_the_mode_that_trapped() {
        for (pstate, offset) in [(0x0, 0x400), (0x4, 0x000), (0x5, 0x200), (0x10, 0x600)] {
            let taken = Injection::Undefined.apply(&guest(pstate));
            assert_eq!(taken.pc, 0xffff_0000_0000_0800 + offset, "mode {pstate:#x}");
            assert_eq!(taken.pstate & 0x3df, 0x3c5, "EL1h with DAIF masked");
        }
    }

    #[test]
    fn the_interrupted_state_is_what_eret_goes_back_to() {
        let taken = Injection::Undefined.apply(&guest(0x6000_0005));
        assert_eq!((taken.elr, taken.spsr), (0x8000_1234, 0x6000_0005));
        assert_eq!(taken.esr, IL);
        assert_eq!(taken.far, None);
    }

    #[test]
    fn an_external_abort_names_address_direction_and_level() {
        let abort = Injection::DataAbort { address: 0x1000, on_table_walk: false };
        let from_el1 = abort.apply(&guest(0x5));
        assert_eq!(from_el1.esr, 0x25 << 26 | IL | 1 << 6 | 0x10);
        assert_eq!(from_el1.far, Some(0x1000));
        assert_eq!(abort.apply(&guest(0x0)).esr >> 26, 0x24);
        let fetch = Injection::InstructionAbort { address: 0, on_table_walk: true }.apply(&guest(0x5));
        assert_eq!(fetch.esr, 0x21 << 26 | IL | 0x17);
    }

    #[test]
    fn pan_is_set_unless_sctlr_span_keeps_it() {
        let mut state = guest(0x5);
        assert_eq!(Injection::Undefined.apply(&state).pstate & PAN, 0);
        state.sctlr = 0;
        assert_eq!(Injection::Undefined.apply(&state).pstate & PAN, PAN);
        state.has_pan = false;
        assert_eq!(Injection::Undefined.apply(&state).pstate & PAN, 0);
    }
}
