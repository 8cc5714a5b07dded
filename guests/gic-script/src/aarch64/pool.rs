//! The interrupts that are enabled, and their priorities.

use super::exclusions::{self, FIRST_SPI, is_usable, priority};
use super::wires::TIMERS;
use common::random::Random;

/// The most interrupts in play, and the most priorities.
const MOST: usize = 24;
const MOST_LEVELS: usize = 32;

/// A number of interrupts with a priority each, no two the same.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    intids: [u32; MOST],
    /// How many there are. Fewer than there are priorities, so that one can take a new one.
    size: usize,
    /// How many of them are SGIs.
    sgis: usize,
    /// A permutation of all: the first belong to the interrupts, the others are free.
    levels: [u8; MOST_LEVELS],
}

impl Pool {
    /// SGIs, PPIs and SPIs by chance.
    pub(super) fn new(random: &mut Random) -> Self {
        let [sgis, ppis, spis] = exclusions::counts();
        let size = sgis + ppis + spis;
        let mut intids = [u32::MAX; MOST];
        for index in 0..size {
            let (first, count) = match index {
                _ if index < sgis => (0, 16),
                _ if index < sgis + ppis => (16, 16),
                _ => (FIRST_SPI, exclusions::intids() - FIRST_SPI),
            };
            // The timers are always among them.
            if let Some(timer) = index.checked_sub(sgis).and_then(|ppi| TIMERS.get(ppi)) {
                intids[index] = timer.intid;
                continue;
            }
            intids[index] = loop {
                let intid = first + random.below(u64::from(count)) as u32;
                if is_usable(intid) && !intids.contains(&intid) {
                    break intid;
                }
            };
        }
        let mut levels = core::array::from_fn(|level| level as u8);
        for last in (1..exclusions::levels()).rev() {
            levels.swap(last, random.below(last as u64 + 1) as usize);
        }
        Self { intids, size, sgis, levels }
    }

    /// All of them with their priorities.
    pub(super) fn all(&self) -> impl Iterator<Item = (u32, u8)> + use<> {
        let Self { intids, size, levels, .. } = self.clone();
        (0..size).map(move |index| (intids[index], priority(levels[index])))
    }

    /// One of them.
    pub(super) fn any(&self, random: &mut Random) -> u32 {
        self.intids[random.below(self.size as u64) as usize]
    }

    /// One of the SGIs.
    pub(super) fn any_sgi(&self, random: &mut Random) -> u32 {
        self.intids[random.below(self.sgis as u64) as usize]
    }

    /// One of the SPIs.
    pub(super) fn any_spi(&self, random: &mut Random) -> u32 {
        let [.., spis] = exclusions::counts();
        self.intids[self.size - 1 - random.below(spis as u64) as usize]
    }

    /// Gives one of them a priority that none has.
    pub(super) fn move_one(&mut self, random: &mut Random) -> (u32, u8) {
        let index = random.below(self.size as u64) as usize;
        let free = self.size + random.below((exclusions::levels() - self.size) as u64) as usize;
        self.levels.swap(index, free);
        (self.intids[index], priority(self.levels[index]))
    }

    /// A bit for each that is among the 32 of this word.
    pub(super) fn mask(&self, word: u32) -> u32 {
        let intids = self.intids.iter().take(self.size);
        intids.filter(|&intid| intid / 32 == word).fold(0, |mask, intid| mask | 1 << (intid % 32))
    }
}
