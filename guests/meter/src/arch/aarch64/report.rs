//! The results, kept until all is measured: a console that still sends would disturb the next measure.

use common::println;

/// More than there are measures.
const MEASURES: usize = 48;
/// The most repetitions of one measure.
const SAMPLES: usize = 1000;

/// What was measured so far.
pub(super) struct Report<'a> {
    count: usize,
    only: Option<&'a str>,
    measures: [Option<Measure>; MEASURES],
}

#[derive(Clone, Copy)]
struct Measure {
    name: &'static str,
    /// Instructions of a repetition.
    median: u32,
    worst: u32,
}

impl<'a> Report<'a> {
    /// Nothing yet. Each measure is repeated `count` times, at most 1000; those whose names do not
    /// begin with `only` are left out if it is given.
    pub(super) fn new(count: u64, only: Option<&'a str>) -> Self {
        Self { count: (count as usize).clamp(1, SAMPLES), only, measures: [None; MEASURES] }
    }

    /// Repeats `sample`, which returns the instructions of one repetition. A measure that does not come to its end is
    /// left out.
    pub(super) fn measure(&mut self, name: &'static str, mut sample: impl FnMut() -> Option<u64>) {
        if self.only.is_some_and(|only| !name.starts_with(only)) {
            return;
        }
        let mut samples = [0u32; SAMPLES];
        let samples = &mut samples[..self.count];
        // Once before it counts: what happens the first time only is another measure.
        if sample().is_none() {
            return;
        }
        for place in samples.iter_mut() {
            let Some(instructions) = sample() else { return };
            *place = instructions as u32;
        }
        samples.sort_unstable();
        let measure = Measure { name, median: samples[samples.len() / 2], worst: samples[samples.len() - 1] };
        if let Some(free) = self.measures.iter_mut().find(|place| place.is_none()) {
            *free = Some(measure);
        }
    }

    /// Prints a line for each measure.
    pub(super) fn print(&self) {
        for Measure { name, median, worst } in self.measures.iter().flatten() {
            println!("meter: {name} count={} median={median} worst={worst}", self.count);
        }
    }
}
