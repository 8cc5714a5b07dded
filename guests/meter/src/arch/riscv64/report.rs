//! The results, kept until all is measured: a console that still sends would disturb the next measure.

use common::println;

/// More than there are measures.
const CAPACITY: usize = 32;

/// What was measured so far.
#[derive(Debug, Default)]
pub(super) struct Report([Option<Measure>; CAPACITY]);

#[derive(Clone, Copy, Debug)]
struct Measure {
    name: &'static str,
    count: u64,
    instructions: u64,
}

impl Report {
    /// Keeps what `count` repetitions took.
    pub(super) fn add(&mut self, name: &'static str, count: u64, instructions: u64) {
        if let Some(free) = self.0.iter_mut().find(|place| place.is_none()) {
            *free = Some(Measure { name, count, instructions });
        }
    }

    /// Prints a line for each measure.
    pub(super) fn print(&self) {
        for Measure { name, count, instructions } in self.0.iter().flatten() {
            println!("meter: {name} count={count} instructions={instructions}");
        }
    }
}
