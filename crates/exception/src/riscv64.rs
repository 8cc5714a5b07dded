//! Exceptions that the hypervisor lets a riscv64 guest take (privileged specification, "Trap entry" of supervisor
//! level and of the hypervisor extension).

const SSTATUS_SIE: u64 = 1 << 1;
const SSTATUS_SPIE: u64 = 1 << 5;
const SSTATUS_SPP: u64 = 1 << 8;

/// What the guest is told, by its number in vscause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Cause {
    /// The instruction's memory is not the guest's.
    InstructionAccessFault = 1,
    /// The instruction is none, or not the guest's to execute.
    IllegalInstruction = 2,
    /// What a load asked for is not the guest's.
    LoadAccessFault = 5,
    /// What a store, an atomic operation or a cache-block operation asked for is not the guest's.
    StoreAccessFault = 7,
}

/// What of a guest's state decides how it takes an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestState {
    /// The instruction that caused it.
    pub pc: u64,
    /// vsstatus.
    pub vsstatus: u64,
    /// vstvec.
    pub vstvec: u64,
    /// The instruction was executed in VU-mode.
    pub from_user: bool,
}

/// What an exception makes of the guest's registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// vsepc.
    pub vsepc: u64,
    /// vscause.
    pub vscause: u64,
    /// vstval.
    pub vstval: u64,
    /// vsstatus.
    pub vsstatus: u64,
    /// Where the guest goes on, in VS-mode.
    pub pc: u64,
}

impl Cause {
    /// Lets the guest take this exception with `value` in vstval. Exceptions go to the vector's base in both of its
    /// modes.
    pub fn apply(self, guest: &GuestState, value: u64) -> Taken {
        let mut status = guest.vsstatus & !(SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP);
        if guest.vsstatus & SSTATUS_SIE != 0 {
            status |= SSTATUS_SPIE;
        }
        if !guest.from_user {
            status |= SSTATUS_SPP;
        }
        Taken {
            vsepc: guest.pc,
            vscause: self as u64,
            vstval: value,
            vsstatus: status,
            pc: guest.vstvec & !0b11,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUEST: GuestState = GuestState {
        pc: 0x8020_1234,
        vsstatus: 2 << 32 | SSTATUS_SIE,
        vstvec: 0x8030_0001,
        from_user: false,
    };

    #[test]
    fn the_guest_goes_on_at_the_base_of_its_vector() {
        assert_eq!(Cause::LoadAccessFault.apply(&GUEST, 0).pc, 0x8030_0000);
    }

    #[test]
    fn cause_place_and_value_are_told() {
        let taken = Cause::StoreAccessFault.apply(&GUEST, 0xdead);
        assert_eq!((taken.vsepc, taken.vscause, taken.vstval), (0x8020_1234, 7, 0xdead));
    }

    #[test]
    fn interrupts_are_off_and_their_state_is_kept() {
        let taken = Cause::IllegalInstruction.apply(&GUEST, 0);
        assert_eq!(taken.vsstatus, 2 << 32 | SSTATUS_SPIE | SSTATUS_SPP);
        let off = GuestState { vsstatus: SSTATUS_SPIE, ..GUEST };
        assert_eq!(Cause::IllegalInstruction.apply(&off, 0).vsstatus, SSTATUS_SPP);
    }

    #[test]
    fn the_mode_before_is_kept() {
        let user = GuestState { from_user: true, vsstatus: SSTATUS_SPP, ..GUEST };
        assert_eq!(Cause::InstructionAccessFault.apply(&user, 0).vsstatus & SSTATUS_SPP, 0);
    }
}
