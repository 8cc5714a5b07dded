//! The state of 32 sources: the unit in which the registers show them, so that one register is one word.

use ids::PhysicalSource;
use ids::bits::{assign, bit};

/// Bits of a priority.
const PRIORITY_BITS: u32 = 3;
/// The bits of a priority or threshold that are kept: it is 0 to 7.
pub(crate) const PRIORITY_MASK: u32 = 7;

/// 32 sources of a PLIC: storage that is lent to [`Vplic::new`](crate::Vplic::new). Bit n of each word belongs to the
/// n-th of them.
#[derive(Clone, Debug)]
pub struct Bank {
    /// The priority of each source, a word for each of its bits, the highest first: so that 32 of them are compared
    /// at once.
    priority: [u32; PRIORITY_BITS as usize],
    /// Let through by the gateway and not claimed.
    pub(crate) pending: u32,
    /// Claimed and not completed: the gateway is closed.
    pub(crate) claimed: u32,
    /// The levels of the wires that virtual devices drive.
    pub(crate) wires: u32,
    /// Pulsed while claimed: pending again at the completion.
    pub(crate) pulses: u32,
    /// Bound to a physical source.
    pub(crate) bound: u32,
    physical: [Option<PhysicalSource>; 32],
}

impl Bank {
    /// Sources that are unbound and whose wires are low.
    pub const fn new() -> Self {
        Self {
            priority: [0; PRIORITY_BITS as usize],
            pending: 0,
            claimed: 0,
            wires: 0,
            pulses: 0,
            bound: 0,
            physical: [None; 32],
        }
    }

    /// Back to the state after reset. Wires stay as their devices drive them, and bindings stay.
    pub(crate) fn reset(&mut self) {
        // A wire that is high at once asks again.
        let pending = self.wires;
        *self =
            Self { pending, wires: self.wires, bound: self.bound, physical: self.physical, ..Self::new() };
    }

    /// The priority of a source: 0 to 7.
    pub(crate) fn priority(&self, position: u32) -> u32 {
        self.priority.iter().fold(0, |value, word| value << 1 | word.wrapping_shr(position) & 1)
    }

    /// Sets the priority of a source to the lower bits of `value`.
    pub(crate) fn set_priority(&mut self, position: u32, value: u32) {
        for (weight, word) in (0..PRIORITY_BITS).zip(self.priority.iter_mut().rev()) {
            assign(word, bit(position), value & bit(weight) != 0);
        }
    }

    /// The sources whose priority exceeds `threshold` (0 to 7).
    pub(crate) fn above(&self, threshold: u32) -> u32 {
        let (mut above, mut equal) = (0, u32::MAX);
        for (weight, word) in (0..PRIORITY_BITS).rev().zip(self.priority) {
            if threshold & bit(weight) == 0 {
                above |= equal & word;
                equal &= !word;
            } else {
                equal &= word;
            }
        }
        above
    }

    /// The highest priority among `candidates`, and the lowest position that has it; `None` where no candidate has a
    /// priority, which 0 is not.
    pub(crate) fn best(&self, candidates: u32) -> Option<(u32, u32)> {
        let (mut priority, mut best) = (0, candidates);
        for word in self.priority {
            let higher = best & word;
            priority <<= 1;
            if higher != 0 {
                priority |= 1;
                best = higher;
            }
        }
        (priority != 0).then_some((priority, best.trailing_zeros()))
    }

    /// The physical source that a source is bound to.
    pub(crate) fn physical(&self, position: u32) -> Option<PhysicalSource> {
        self.physical.get(position as usize).copied().flatten()
    }

    /// Binds a source, and takes from it what its wire has done.
    pub(crate) fn bind(&mut self, position: u32, physical: PhysicalSource) {
        if let Some(entry) = self.physical.get_mut(position as usize) {
            *entry = Some(physical);
            self.bound |= bit(position);
            for word in [&mut self.wires, &mut self.pulses, &mut self.pending, &mut self.claimed] {
                *word &= !bit(position);
            }
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

    /// Source n has priority n modulo 8.
    fn all_priorities() -> Bank {
        let mut bank = Bank::new();
        (0..32).for_each(|position| bank.set_priority(position, position));
        bank
    }

    #[test]
    fn a_priority_keeps_its_three_lower_bits() {
        let bank = all_priorities();
        for position in 0..32 {
            assert_eq!(bank.priority(position), position & 7);
        }
    }

    #[test]
    fn a_priority_leaves_its_neighbours() {
        let mut bank = all_priorities();
        bank.set_priority(5, 2);
        assert_eq!([4, 5, 6].map(|position| bank.priority(position)), [4, 2, 6]);
    }

    #[test]
    fn above_a_threshold_is_what_exceeds_it() {
        let bank = all_priorities();
        for threshold in 0..8 {
            let expected =
                (0..32).filter(|position| position & 7 > threshold).fold(0, |word, at| word | bit(at));
            assert_eq!(bank.above(threshold), expected, "{threshold}");
        }
    }

    #[test]
    fn the_best_is_the_lowest_of_the_highest_priority() {
        let bank = all_priorities();
        assert_eq!(bank.best(u32::MAX), Some((7, 7)));
        assert_eq!(bank.best(bit(3) | bit(21) | bit(29)), Some((5, 21)));
    }

    #[test]
    fn without_a_priority_none_is_best() {
        let bank = all_priorities();
        assert_eq!(bank.best(bit(8) | bit(16)), None);
        assert_eq!(bank.best(0), None);
    }
}
