//! The state of 32 sources: the unit in which the registers show them, so that one register is one word.

use ids::PhysicalSource;
use ids::bits::{bit, merge};

use crate::ports::Mode;

/// 32 sources of an APLIC: storage that is lent to [`Vaplic::new`](crate::Vaplic::new). Bit n of each word belongs to
/// the n-th of them. It takes 256 bytes: a bank is found by a shift.
#[derive(Clone, Debug)]
#[repr(align(256))]
pub struct Bank {
    /// sourcecfg.SM of each source, a word for each of its three bits. Bits 0 and 1 are not meant alone: see the
    /// methods.
    mode: [u32; 3],
    /// Pending, of virtual sources only: the physical APLIC has it for bound ones.
    pub(crate) pending: u32,
    pub(crate) enabled: u32,
    /// The levels of the wires that virtual devices drive.
    pub(crate) wires: u32,
    /// Bound to a physical source.
    pub(crate) bound: u32,
    targets: [u32; 32],
    physical: [Option<PhysicalSource>; 32],
}

impl Bank {
    /// Sources that are inactive, unbound, and whose wires are low.
    pub const fn new() -> Self {
        Self {
            mode: [0; 3],
            pending: 0,
            enabled: 0,
            wires: 0,
            bound: 0,
            targets: [0; 32],
            physical: [None; 32],
        }
    }

    /// Back to the state after reset. Wires stay as their devices drive them, and bindings stay.
    pub(crate) fn reset(&mut self) {
        *self = Self { wires: self.wires, bound: self.bound, physical: self.physical, ..Self::new() };
    }

    /// Those that are active (AIA 1.0, 4.5.2).
    pub(crate) const fn active(&self) -> u32 {
        let [low, middle, high] = self.mode;
        low | middle | high
    }

    /// Those that look at their wires: all edge- and level-sensitive ones.
    pub(crate) const fn wired(&self) -> u32 {
        let [_, _, high] = self.mode;
        high
    }

    /// Those that are level-sensitive.
    pub(crate) const fn level(&self) -> u32 {
        let [_, middle, high] = self.mode;
        middle & high
    }

    /// The rectified input values of virtual sources: the wire, inverted for Edge0 and Level0; zero for those that
    /// look at no wire (AIA 1.0, 4.5.2).
    pub(crate) const fn rectified(&self) -> u32 {
        let [inverted, _, high] = self.mode;
        (self.wires ^ inverted) & high & !self.bound
    }

    /// sourcecfg.SM of a source: 0 to 7.
    pub(crate) fn source_mode(&self, position: u32) -> u32 {
        let [low, middle, high] = self.mode.map(|word| word.wrapping_shr(position) & 1);
        low | middle << 1 | high << 2
    }

    pub(crate) fn set_source_mode(&mut self, position: u32, value: u32) {
        let [low, middle, high] = &mut self.mode;
        merge(low, bit(position), (value & 1).wrapping_shl(position));
        merge(middle, bit(position), (value >> 1 & 1).wrapping_shl(position));
        merge(high, bit(position), (value >> 2 & 1).wrapping_shl(position));
    }

    /// What sourcecfg.SM means. Reserved values leave the source active without a wire.
    pub(crate) fn mode(&self, position: u32) -> Mode {
        match self.source_mode(position) {
            0 => Mode::Inactive,
            4 => Mode::RisingEdge,
            5 => Mode::FallingEdge,
            6 => Mode::HighLevel,
            7 => Mode::LowLevel,
            _ => Mode::Detached,
        }
    }

    /// What was last written to target.
    pub(crate) fn target(&self, position: u32) -> u32 {
        self.targets.get(position as usize).copied().unwrap_or(0)
    }

    pub(crate) fn set_target(&mut self, position: u32, value: u32) {
        if let Some(target) = self.targets.get_mut(position as usize) {
            *target = value;
        }
    }

    /// The physical source that a source is bound to.
    pub(crate) fn physical(&self, position: u32) -> Option<PhysicalSource> {
        self.physical.get(position as usize).copied().flatten()
    }

    pub(crate) fn bind(&mut self, position: u32, physical: PhysicalSource) {
        if let Some(slot) = self.physical.get_mut(position as usize) {
            *slot = Some(physical);
            self.bound |= bit(position);
        }
    }
}

impl Default for Bank {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_keeps_its_own_mode() {
        let mut bank = Bank::new();
        for position in 0..32 {
            bank.set_source_mode(position, position % 8);
        }
        for position in 0..32 {
            assert_eq!(bank.source_mode(position), position % 8);
        }
    }

    #[test]
    fn a_reserved_mode_acts_like_detached() {
        let mut bank = Bank::new();
        for value in [1, 2, 3] {
            bank.set_source_mode(5, value);
            assert_eq!(bank.mode(5), Mode::Detached);
            assert_eq!((bank.active(), bank.wired()), (1 << 5, 0));
        }
    }

    #[test]
    fn the_inverted_modes_rectify_the_wire() {
        let mut bank = Bank::new();
        for (value, low, high) in [
            (0, false, false),
            (1, false, false),
            (4, false, true),
            (5, true, false),
            (6, false, true),
            (7, true, false),
        ] {
            bank.set_source_mode(3, value);
            bank.wires = 0;
            assert_eq!(bank.rectified() != 0, low);
            bank.wires = 1 << 3;
            assert_eq!(bank.rectified() != 0, high);
        }
    }

    #[test]
    fn a_bank_takes_256_bytes() {
        assert_eq!(size_of::<Bank>(), 256);
    }
}
