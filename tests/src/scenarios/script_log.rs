//! The logs of a script that runs on a board itself and in a zone: the same, line for line.

/// The lines of a console that the script with this name printed itself.
pub(super) fn of<'a>(script: &str, lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let is_own = |line: &&str| line.strip_prefix(script).is_some_and(|rest| rest.starts_with(": "));
    lines.map(str::trim_end).filter(is_own).map(str::to_owned).collect()
}

/// The index of the first line that differs, and both.
pub(super) fn first_difference(bare: &[String], zone: &[String]) -> Option<(usize, String)> {
    let line = |log: &[String], index: usize| log.get(index).cloned().unwrap_or_else(|| "nothing".to_owned());
    let index = (0..bare.len().max(zone.len())).find(|&index| bare.get(index) != zone.get(index))?;
    Some((index, format!("  the machine: {}\n  the zone:    {}", line(bare, index), line(zone, index))))
}

/// The number behind `name` in a line of `name=number` words.
pub(super) fn field(line: &str, name: &str) -> Option<u64> {
    line.split_whitespace().find_map(|word| word.strip_prefix(name)?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[&str]) -> Vec<String> {
        text.iter().map(|&line| line.to_owned()).collect()
    }

    #[test]
    fn the_first_line_that_differs_is_found() {
        let difference = first_difference(&lines(&["a", "b", "c"]), &lines(&["a", "x", "y"]));
        assert_eq!(difference, Some((1, "  the machine: b\n  the zone:    x".to_owned())));
        assert_eq!(first_difference(&lines(&["a"]), &lines(&["a"])), None);
    }

    #[test]
    fn a_log_that_ends_early_differs() {
        let difference = first_difference(&lines(&["a", "b"]), &lines(&["a"]));
        assert_eq!(difference, Some((1, "  the machine: b\n  the zone:    nothing".to_owned())));
    }

    #[test]
    fn a_log_is_what_the_script_itself_printed() {
        let console = "OpenSBI v1.5\r\naplic-script: seed=1 step=100 hash=00\r\n";
        assert_eq!(of("aplic-script", console.lines()), ["aplic-script: seed=1 step=100 hash=00"]);
    }
}
