//! Which few of many inputs go into the repository: those that together reach the most.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{corpus, found, make};
use crate::Problem;
use crate::cargo::capture;

/// Makes a target's corpus anew, of `count` inputs out of it and of what was found by runs so far.
pub(super) fn choose(mut program: Command, name: &str, count: usize) -> Result<(), Problem> {
    make(&found(name))?;
    let work = tempfile::tempdir().map_err(|error| format!("no folder for a corpus: {error}"))?;
    let (notes, merged) = (work.path().join("notes"), work.path().join("merged"));
    make(&merged)?;
    program.args(["-set_cover_merge=1".to_owned(), format!("-merge_control_file={}", notes.display())]);
    capture(program.arg(&merged).arg(found(name)).arg(corpus(name)))?;
    let notes = read(&notes)?;
    let inputs = Input::all(&String::from_utf8_lossy(&notes));
    // Before the old ones go.
    let mut chosen = Vec::new();
    for input in best(inputs, count) {
        let path = Path::new(&input.path);
        let file = path.file_name().ok_or_else(|| format!("{} is no file", input.path))?;
        chosen.push((corpus(name).join(file), read(path)?));
    }
    let folder = corpus(name);
    fs::remove_dir_all(&folder).map_err(|error| format!("cannot empty {}: {error}", folder.display()))?;
    make(&folder)?;
    for (path, bytes) in chosen {
        fs::write(&path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// An input, and the features of the program that it reaches, as libFuzzer counts them.
#[derive(Debug, PartialEq)]
struct Input {
    path: String,
    features: BTreeSet<u32>,
}

impl Input {
    /// Reads the notes that libFuzzer makes while it merges: how many inputs, how many of them were there before, a line
    /// with the name of each, then lines of which those with features begin with FT and the input's number.
    fn all(notes: &str) -> Vec<Self> {
        let mut lines = notes.lines();
        let count = lines.next().and_then(|line| line.parse().ok()).unwrap_or(0);
        let names = lines.by_ref().skip(1).take(count);
        let mut inputs: Vec<_> =
            names.map(|path| Self { path: path.to_owned(), features: BTreeSet::new() }).collect();
        for line in lines {
            let mut words = line.strip_prefix("FT ").unwrap_or_default().split(' ');
            let number = words.next().and_then(|word| word.parse::<usize>().ok());
            if let Some(input) = number.and_then(|number| inputs.get_mut(number)) {
                input.features.extend(words.filter_map(|word| word.parse::<u32>().ok()));
            }
        }
        inputs
    }
}

/// The first, the one that adds most to it, and so on.
fn best(mut inputs: Vec<Input>, count: usize) -> Vec<Input> {
    let mut chosen = Vec::new();
    for _ in 0..count {
        let place = (0..inputs.len()).max_by_key(|place| inputs[*place].features.len());
        let Some(place) = place.filter(|place| !inputs[*place].features.is_empty()) else { break };
        let next = inputs.swap_remove(place);
        for other in &mut inputs {
            other.features = other.features.difference(&next.features).copied().collect();
        }
        chosen.push(next);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(path: &str, features: &[u32]) -> Input {
        Input { path: path.to_owned(), features: features.iter().copied().collect() }
    }

    fn paths(chosen: &[Input]) -> Vec<&str> {
        chosen.iter().map(|input| input.path.as_str()).collect()
    }

    #[test]
    fn names_and_features_are_read_from_libfuzzers_notes() {
        let notes = "2\n0\nc/a\nc/b\nSTARTED 0 12\nFT 0 7 9\nCOV 0 3\nSTARTED 1 5\nFT 1\nCOV 1\n";
        assert_eq!(Input::all(notes), [input("c/a", &[7, 9]), input("c/b", &[])]);
    }

    #[test]
    fn what_adds_most_comes_next() {
        let inputs = vec![input("a", &[1, 2, 3, 4]), input("b", &[1, 2, 3]), input("c", &[5, 6])];
        assert_eq!(paths(&best(inputs, 2)), ["a", "c"]);
    }

    #[test]
    fn what_adds_nothing_is_left_out() {
        assert_eq!(paths(&best(vec![input("a", &[1, 2]), input("b", &[1])], 2)), ["a"]);
    }
}
