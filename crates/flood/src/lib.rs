//! How often a physical interrupt may come, as far as the hypervisor takes it: one that its device raises without end is
//! held back for a while. Its zone gets on with the rest meanwhile, and the flood is reported.
//!
//! Held back means taken and not passed on: no interrupt controller signals an interrupt again before its end, so nothing
//! is switched that a guest may switch at the same time.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

use core::sync::atomic::{AtomicU32, Ordering};

/// So many times an interrupt may come within [`WINDOW`]: that is every 4.9 us, which leaves a guest little time
/// for anything else.
pub const BURST: u32 = 2048;

/// Milliseconds, of those that are counted and of those that an interrupt is held back for.
pub const WINDOW: u32 = 10;

/// Set in `since` while an interrupt floods.
const FLOODS: u32 = 1 << 31;

/// What one interrupt may still do. Only the CPU that takes the interrupt changes it.
#[derive(Debug)]
pub struct Allowance {
    /// Zero: it is held back, or [`Allowance::renew`] is to be asked.
    left: AtomicU32,
    /// The millisecond of the last renewal, and [`FLOODS`].
    since: AtomicU32,
}

/// What becomes of an interrupt whose allowance is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It took its time, and goes on.
    Pass,
    /// It is held back until [`Allowance::release`].
    Hold {
        /// It was held back just before, too: nothing new to report.
        again: bool,
    },
}

impl Default for Allowance {
    fn default() -> Self {
        Self::new()
    }
}

impl Allowance {
    /// That of an interrupt that has not come yet.
    pub const fn new() -> Self {
        Self { left: AtomicU32::new(BURST), since: AtomicU32::new(0) }
    }

    /// The interrupt has come. False if nothing is left for it: [`Self::renew`] tells what becomes of it.
    #[inline(always)]
    pub fn spend(&self) -> bool {
        let left = self.left.load(Ordering::Relaxed).wrapping_sub(1);
        self.left.store(left, Ordering::Relaxed);
        left != 0
    }

    /// Whether nothing is left.
    pub fn is_spent(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    /// Whether the interrupt is held back. One that is spent and for which nobody asks [`Self::renew`] is not.
    pub fn is_held(&self) -> bool {
        self.is_spent() && self.since.load(Ordering::Relaxed) & FLOODS != 0
    }

    /// What becomes of an interrupt that has just spent what it had. `now` counts milliseconds and may wrap.
    pub fn renew(&self, now: u32) -> Verdict {
        let before = self.since.load(Ordering::Relaxed);
        // Without the mark, which the subtraction may have reached.
        if now.wrapping_sub(before) & !FLOODS >= WINDOW {
            self.grant(now & !FLOODS);
            return Verdict::Pass;
        }
        self.since.store(now | FLOODS, Ordering::Relaxed);
        Verdict::Hold { again: before & FLOODS != 0 }
    }

    /// The interrupt has been held back long enough and is passed on.
    pub fn release(&self, now: u32) {
        self.grant(now | FLOODS);
    }

    /// As at the beginning, with so many for the first time: [`BURST`], or more for one that is not to be counted.
    pub fn reset(&self, left: u32) {
        self.since.store(0, Ordering::Relaxed);
        self.left.store(left, Ordering::Relaxed);
    }

    fn grant(&self, since: u32) {
        self.since.store(since, Ordering::Relaxed);
        self.left.store(BURST, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Comes until nothing is left; how often that was.
    fn spend_all(allowance: &Allowance) -> u32 {
        (1..).find(|_| !allowance.spend()).expect("an end")
    }

    #[test]
    fn an_interrupt_that_takes_its_time_is_never_held_back() {
        let allowance = Allowance::new();
        let mut now = 1000;
        for _ in 0..100 {
            assert_eq!(spend_all(&allowance), BURST);
            now += WINDOW;
            assert_eq!(allowance.renew(now), Verdict::Pass);
        }
    }

    #[test]
    fn one_that_comes_too_often_is_held_back() {
        let allowance = Allowance::new();
        spend_all(&allowance);
        assert_eq!(allowance.renew(1000), Verdict::Pass);
        assert_eq!(spend_all(&allowance), BURST);
        assert!(!allowance.is_held());
        assert_eq!(allowance.renew(1000 + WINDOW - 1), Verdict::Hold { again: false });
        assert!(allowance.is_held());
    }

    #[test]
    fn a_flood_that_goes_on_is_no_news() {
        let allowance = Allowance::new();
        spend_all(&allowance);
        assert_eq!(allowance.renew(1000), Verdict::Pass);
        let mut now = 1000;
        for round in 0..5 {
            spend_all(&allowance);
            assert_eq!(allowance.renew(now + 1), Verdict::Hold { again: round > 0 });
            now += 1 + WINDOW;
            allowance.release(now);
            assert!(!allowance.is_held());
        }
    }

    #[test]
    fn the_next_flood_is_news_after_a_rest() {
        let allowance = Allowance::new();
        spend_all(&allowance);
        allowance.renew(1000);
        spend_all(&allowance);
        assert_eq!(allowance.renew(1001), Verdict::Hold { again: false });
        allowance.release(1011);
        spend_all(&allowance);
        assert_eq!(allowance.renew(1021), Verdict::Pass);
        spend_all(&allowance);
        assert_eq!(allowance.renew(1022), Verdict::Hold { again: false });
    }

    #[test]
    fn milliseconds_may_wrap() {
        for end in [u32::MAX, u32::MAX >> 1] {
            let allowance = Allowance::new();
            spend_all(&allowance);
            assert_eq!(allowance.renew(end - 1), Verdict::Pass);
            spend_all(&allowance);
            assert_eq!(allowance.renew(end.wrapping_add(2)), Verdict::Hold { again: false });
            allowance.release(end.wrapping_add(12));
            spend_all(&allowance);
            assert_eq!(allowance.renew(end.wrapping_add(30)), Verdict::Pass);
        }
    }

    #[test]
    fn a_reset_forgets_everything() {
        let allowance = Allowance::new();
        spend_all(&allowance);
        allowance.renew(3);
        allowance.reset(BURST);
        assert_eq!(spend_all(&allowance), BURST);
    }
}
