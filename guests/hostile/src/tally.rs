//! Counting, and telling of the first few escapes.

use common::println;
use core::fmt;

/// Escapes of one category that are told in full.
const TOLD: u64 = 8;

/// The count of one category.
#[derive(Debug)]
pub(crate) struct Tally {
    category: &'static str,
    attempts: u64,
    escapes: u64,
}

/// The sum of all categories.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) attempts: u64,
    pub(crate) escapes: u64,
}

impl Totals {
    /// Prints a category's line and adds it.
    pub(crate) fn add(&mut self, tally: Tally) {
        let Tally { category, attempts, escapes } = tally;
        println!("hostile: {category}: attempts={attempts} escapes={escapes}");
        self.attempts += attempts;
        self.escapes += escapes;
    }
}

impl Tally {
    /// Nothing tried yet.
    pub(crate) fn new(category: &'static str) -> Self {
        Self { category, attempts: 0, escapes: 0 }
    }

    /// `attempts` attempts that ended as they must.
    pub(crate) fn contained(&mut self, attempts: u64) {
        self.attempts += attempts;
    }

    /// One attempt that got somewhere.
    pub(crate) fn escape(&mut self, what: fmt::Arguments<'_>) {
        self.attempts += 1;
        self.escapes += 1;
        if self.escapes <= TOLD {
            println!("hostile: ESCAPE: {}: {what}", self.category);
        }
    }

    /// One attempt, which is contained if `contained` says so.
    pub(crate) fn judge(&mut self, contained: bool, what: fmt::Arguments<'_>) {
        if contained { self.contained(1) } else { self.escape(what) }
    }

    /// Something that the zone may do, and that shows that the attempts of this category could succeed: where it
    /// fails, they prove nothing.
    pub(crate) fn control(&mut self, succeeds: bool, what: fmt::Arguments<'_>) {
        self.judge(succeeds, format_args!("the control fails: {what}"));
    }
}
