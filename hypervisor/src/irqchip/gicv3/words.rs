//! The registers that distributor and redistributor have alike, by words of 32 interrupts (IHI 0069, 12.9 and 12.11).

use crate::mmio::{Frame, ReadWrite, Register};

use super::RWP_POLLS;

/// A state that an interrupt has a bit for, by the offset of the register that sets it; the one that clears it is
/// 0x80 behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum State {
    /// Forwarded to its CPU.
    Enabled = 0x100,
    /// Pending.
    Pending = 0x200,
    /// Active.
    Active = 0x300,
}

const CLEAR: u32 = 0x80;
const IGROUPR: u32 = 0x80;
const IPRIORITYR: u32 = 0x400;
const ICFGR: u32 = 0xc00;

/// 32 interrupts of a distributor, or the private ones of a redistributor. Others keep their state: set and clear are
/// registers of their own, and a priority is a byte.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    pub(super) frame: Frame,
    /// Of the registers, in the frame.
    pub(super) base: u32,
    /// Which 32 interrupts: 0 in a redistributor.
    pub(super) word: u32,
    /// The register that tells by a bit that disabling has yet to take effect.
    pub(super) busy: (u32, u32),
}

impl Words {
    fn at(&self, offset: u32) -> Register<u32, ReadWrite> {
        Register::at(self.base.wrapping_add(offset)).index(self.word)
    }

    /// Which of the interrupts are in a state.
    pub fn read(&self, state: State) -> u32 {
        self.frame.read32(self.at(state as u32))
    }

    /// Puts the interrupts of `mask` into a state.
    pub fn set(&self, state: State, mask: u32) {
        self.frame.write32(self.at(state as u32), mask);
    }

    /// Takes the interrupts of `mask` out of a state. Disabled ones have stopped when this returns.
    pub fn clear(&self, state: State, mask: u32) {
        self.frame.write32(self.at(state as u32 + CLEAR), mask);
        if state == State::Enabled {
            let (offset, busy) = self.busy;
            let control: Register<u32, ReadWrite> = Register::at(offset);
            // Hardware that never finishes was found out when it was taken over.
            let _ = (0..RWP_POLLS).any(|_| self.frame.read32(control) & busy == 0);
        }
    }

    /// The priority of the interrupt at `position` (0 to 31).
    pub fn priority(&self, position: u32) -> u8 {
        self.frame.read8(self.priority_of(position))
    }

    /// Sets it.
    pub fn set_priority(&self, position: u32, priority: u8) {
        self.frame.write8(self.priority_of(position), priority);
    }

    fn priority_of(&self, position: u32) -> Register<u8, ReadWrite> {
        Register::at(self.base.wrapping_add(IPRIORITYR)).index(self.word * 32 + position % 32)
    }

    /// Whether the interrupt at `position` is edge-triggered.
    pub fn is_edge(&self, position: u32) -> bool {
        let (register, bit) = self.configuration_of(position);
        self.frame.read32(register) & bit != 0
    }

    /// Makes it so or not. Must be serialised by the caller: sixteen interrupts share a word.
    pub fn set_edge(&self, position: u32, edge: bool) {
        let (register, bit) = self.configuration_of(position);
        let old = self.frame.read32(register);
        self.frame.write32(register, if edge { old | bit } else { old & !bit });
    }

    fn configuration_of(&self, position: u32) -> (Register<u32, ReadWrite>, u32) {
        let position = position % 32;
        let register = Register::at(self.base.wrapping_add(ICFGR)).index(self.word * 2 + position / 16);
        (register, 2 << ((position % 16) * 2))
    }

    /// Makes the interrupts of `mask` the hypervisor's on a CPU that has its guest's delivered directly: group 0, of
    /// the highest priority. Must be serialised by the caller.
    pub fn keep(&self, mask: u32) {
        let groups = self.at(IGROUPR);
        self.frame.write32(groups, self.frame.read32(groups) & !mask);
        for position in (0..32).filter(|position| mask >> position & 1 != 0) {
            self.set_priority(position, 0);
        }
    }
}
