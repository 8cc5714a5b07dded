//! What a CPU has acknowledged and not ended: the architecture says in which order and by which register it has to.

use super::gic::Group;

/// The most interrupts that are remembered. There are fewer priorities.
const MOST: usize = 40;

/// An interrupt that was acknowledged, by which group's register, and what that read: a GICv2 adds the sender of an SGI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) intid: u32,
    pub(super) group: Group,
    pub(super) word: u64,
}

/// What a CPU has in hand.
#[derive(Clone, Debug)]
pub(super) struct Hand {
    /// Acknowledged; the latest last. Its end comes first.
    nested: [Taken; MOST],
    depth: usize,
    /// Ended without being deactivated (EOI mode 1).
    dropped: [Taken; MOST],
    drops: usize,
    /// ICC_CTLR_EL1.EOImode.
    pub(super) split: bool,
}

impl Hand {
    /// An empty one.
    pub(super) fn new() -> Self {
        let none = Taken { intid: 0, group: Group::Zero, word: 0 };
        Self { nested: [none; MOST], depth: 0, dropped: [none; MOST], drops: 0, split: false }
    }

    /// Whether nothing is nested.
    pub(super) fn is_idle(&self) -> bool {
        self.depth == 0
    }

    /// Whether the interrupt is acknowledged and its priority not dropped.
    pub(super) fn holds(&self, intid: u32) -> bool {
        self.nested.iter().take(self.depth).any(|taken| taken.intid == intid)
    }

    /// Whether the interrupt is acknowledged and not deactivated.
    pub(super) fn has(&self, intid: u32) -> bool {
        self.holds(intid) || self.dropped.iter().take(self.drops).any(|taken| taken.intid == intid)
    }

    /// It was acknowledged.
    pub(super) fn take(&mut self, taken: Taken) {
        if let Some(slot) = self.nested.get_mut(self.depth) {
            *slot = taken;
            self.depth += 1;
        }
    }

    /// The one that has to be ended next, which it is by this call.
    pub(super) fn end(&mut self) -> Option<Taken> {
        self.depth = self.depth.checked_sub(1)?;
        let taken = self.nested.get(self.depth).copied()?;
        if self.split
            && let Some(slot) = self.dropped.get_mut(self.drops)
        {
            *slot = taken;
            self.drops += 1;
        }
        Some(taken)
    }

    /// One of those whose priority was dropped, which the caller is going to deactivate.
    pub(super) fn deactivate(&mut self, choice: u64) -> Option<Taken> {
        let index = usize::try_from(choice.checked_rem(self.drops as u64)?).ok()?;
        self.drops -= 1;
        self.dropped.swap(index, self.drops);
        self.dropped.get(self.drops).copied()
    }
}
