//! The stages of a whole test run: named, timed, and summed up at the end.

use std::time::{Duration, Instant};

use crate::Problem;

/// Runs stages and keeps their results.
#[derive(Default)]
pub(crate) struct Stages {
    results: Vec<(&'static str, Duration, Result<(), Problem>)>,
}

impl Stages {
    /// Runs one stage. A failure does not keep the next from running: one run shows all there is to mend.
    pub(crate) fn run(&mut self, name: &'static str, stage: impl FnOnce() -> Result<(), Problem>) {
        println!("=== {name}");
        let begun = Instant::now();
        let result = stage();
        let took = begun.elapsed();
        match &result {
            Ok(()) => println!("=== {name}: ok ({:.1} s)", took.as_secs_f32()),
            Err(problem) => println!("=== {name}: FAILED ({:.1} s): {problem}", took.as_secs_f32()),
        }
        self.results.push((name, took, result));
    }

    /// Prints a line per stage; an error if one failed.
    pub(crate) fn sum_up(self) -> Result<(), Problem> {
        println!("\n=== summary");
        let mut failed = Vec::new();
        let mut total = Duration::ZERO;
        for (name, took, result) in self.results {
            let word = if result.is_ok() { "ok" } else { "FAILED" };
            println!("{name:<32} {:>7.1} s  {word}", took.as_secs_f32());
            total += took;
            if result.is_err() {
                failed.push(name);
            }
        }
        println!("{:<32} {:>7.1} s", "total", total.as_secs_f32());
        match failed.is_empty() {
            true => Ok(()),
            false => Err(format!("failed: {}", failed.join(", "))),
        }
    }
}
