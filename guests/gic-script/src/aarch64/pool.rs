//! The interrupts that are enabled, and their priorities.

use super::exclusions::{FIRST_SPI, INTIDS, LEVELS, priority};
use super::wires::TIMERS;
use common::random::Random;

/// Interrupts in play. Fewer than there are priorities, so that one can take a new one.
pub(super) const SIZE: usize = 24;
/// SGIs and PPIs among them.
const SGIS: usize = 4;
const PPIS: usize = 6;

/// A number of interrupts with a priority each, no two the same.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    intids: [u32; SIZE],
    /// A permutation of all: the first belong to the interrupts, the others are free.
    levels: [u8; LEVELS],
}

impl Pool {
    /// SGIs, PPIs and SPIs by chance.
    pub(super) fn new(random: &mut Random) -> Self {
        let mut intids = [u32::MAX; SIZE];
        for index in 0..SIZE {
            let (first, count) = match index {
                0..SGIS => (0, 16),
                SGIS.. if index < SGIS + PPIS => (16, 16),
                _ => (FIRST_SPI, INTIDS - FIRST_SPI),
            };
            // The timers are always among them.
            if let Some(timer) = index.checked_sub(SGIS).and_then(|ppi| TIMERS.get(ppi)) {
                intids[index] = timer.intid;
                continue;
            }
            intids[index] = loop {
                let intid = first + random.below(u64::from(count)) as u32;
                if !intids.contains(&intid) {
                    break intid;
                }
            };
        }
        let mut levels = core::array::from_fn(|level| level as u8);
        for last in (1..LEVELS).rev() {
            levels.swap(last, random.below(last as u64 + 1) as usize);
        }
        Self { intids, levels }
    }

    /// All of them with their priorities.
    pub(super) fn all(&self) -> impl Iterator<Item = (u32, u8)> + use<> {
        let Self { intids, levels } = self.clone();
        (0..SIZE).map(move |index| (intids[index], priority(levels[index])))
    }

    /// One of them.
    pub(super) fn any(&self, random: &mut Random) -> u32 {
        self.intids[random.below(SIZE as u64) as usize]
    }

    /// One of the SGIs.
    pub(super) fn any_sgi(&self, random: &mut Random) -> u32 {
        self.intids[random.below(SGIS as u64) as usize]
    }

    /// Gives one of them a priority that none has.
    pub(super) fn move_one(&mut self, random: &mut Random) -> (u32, u8) {
        let index = random.below(SIZE as u64) as usize;
        let free = SIZE + random.below((LEVELS - SIZE) as u64) as usize;
        self.levels.swap(index, free);
        (self.intids[index], priority(self.levels[index]))
    }

    /// A bit for each that is among the 32 of this word.
    pub(super) fn mask(&self, word: u32) -> u32 {
        self.intids.iter().filter(|&intid| intid / 32 == word).fold(0, |mask, intid| mask | 1 << (intid % 32))
    }
}
