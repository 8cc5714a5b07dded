//! What was found right and what was not.

use common::println;

/// Counts of checks.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    made: u32,
    failed: u32,
}

impl Checks {
    /// Two values must be equal.
    pub(crate) fn equal(&mut self, what: &str, found: u64, expected: u64) {
        self.made += 1;
        if found != expected {
            self.failed += 1;
            println!("ivc: wrong: {what}: {found:#x}, not {expected:#x}");
        }
    }

    /// Something must hold.
    pub(crate) fn holds(&mut self, what: &str, holds: bool) {
        self.made += 1;
        if !holds {
            self.failed += 1;
            println!("ivc: wrong: {what}");
        }
    }

    /// Tells what it came to.
    pub(crate) fn report(&self) {
        println!("ivc: checks={} wrong={}", self.made, self.failed);
    }
}
