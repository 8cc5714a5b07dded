//! What the guest says.

use std::collections::HashMap;

use crate::Problem;

/// The guest's last line.
pub(super) const LAST: &str = "meter: done";

/// Instructions of one repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) median: u32,
    pub(super) worst: u32,
}

impl Count {
    /// What was done once only.
    pub(super) fn once(instructions: f64) -> Self {
        let instructions = instructions as u32;
        Self { median: instructions, worst: instructions }
    }
}

/// Counts by the name of the measure.
pub(super) type Counts = HashMap<String, Count>;

/// Reads the lines `meter: NAME count=N median=M worst=W`, whatever consoles put before them.
pub(super) fn read(console: &str) -> Result<Counts, Problem> {
    if !console.contains(LAST) {
        return Err(format!("the guest meter has not come to its end:\n{console}"));
    }
    let lines = console.lines().filter_map(|line| line.split_once("meter: "));
    Ok(lines.filter_map(|(_, line)| count(line)).collect())
}

fn count(line: &str) -> Option<(String, Count)> {
    let mut words = line.split_whitespace();
    let name = words.next()?.to_owned();
    let mut number = |name: &str| words.find_map(|word| word.strip_prefix(name)?.parse().ok());
    Some((name, Count { median: number("median=")?, worst: number("worst=")? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_behind_whatever_a_console_puts_before_them() {
        let console = "(XEN) meter: a count=10 median=2 worst=3\r\n\n[zone] meter: b count=1 median=4 worst=4\nmeter: done\n";
        let counts = read(console).expect("an end");
        assert_eq!(counts.get("a"), Some(&Count { median: 2, worst: 3 }));
        assert_eq!(counts.get("b"), Some(&Count { median: 4, worst: 4 }));
    }

    #[test]
    fn a_guest_that_broke_off_is_an_error() {
        assert!(read("meter: a count=10 median=2 worst=3\n").is_err());
    }
}
