//! What is wrong with a partition, and where in zones.toml.

use std::fmt;
use std::ops::Range;

use miette::{LabeledSpan, Severity};

/// One error or warning. Its spans are byte ranges of the text that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of mistake it is, for machines: stable, in kebab case.
    pub code: &'static str,
    /// One sentence: what is wrong, with names and numbers.
    pub message: String,
    /// The places concerned; with two owners, both.
    pub labels: Vec<Label>,
    /// The remedy.
    pub help: Option<String>,
    /// Whether the partition is refused for it.
    pub is_error: bool,
}

/// A place in zones.toml and what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Byte range in the text.
    pub span: Range<usize>,
    /// What is there.
    pub text: String,
}

impl Diagnostic {
    /// An error, so far without a place and a remedy.
    pub(crate) fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), labels: Vec::new(), help: None, is_error: true }
    }

    /// A warning, so far without a place and a remedy.
    pub(crate) fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { is_error: false, ..Self::error(code, message) }
    }

    /// Points at a place.
    #[must_use]
    pub(crate) fn at(mut self, span: Range<usize>, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Says what to do.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Diagnostic {}

impl miette::Diagnostic for Diagnostic {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(if self.is_error { Severity::Error } else { Severity::Warning })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let spans = self.labels.iter().map(|label| LabeledSpan::at(label.span.clone(), label.text.clone()));
        if self.labels.is_empty() { None } else { Some(Box::new(spans)) }
    }
}

/// The nearest of `candidates` to a misspelt `word`, if one is near enough to be what was meant.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = word.chars().count() / 3 + 1;
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The insertions, deletions and substitutions between two words.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_a_letter_finds_the_word() {
        let keys = ["name", "memory", "kernel", "cmdline"];
        assert_eq!(nearest("memroy", keys), Some("memory"));
        assert_eq!(nearest("kernal", keys), Some("kernel"));
    }

    #[test]
    fn another_word_finds_nothing() {
        assert_eq!(nearest("colour", ["name", "memory", "kernel", "cmdline"]), None);
    }
}
