//! Telling the user what set-up does: a spinner with the last line of output on a terminal, plain lines
//! elsewhere. Everything goes to standard error; standard output belongs to the tool's own result.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How much set-up says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Nothing.
    Silent,
    /// Only steps that do work.
    WorkOnly,
    /// Also steps that find their result in place.
    Everything,
}

/// Where steps report to.
pub(crate) struct Progress {
    verbosity: Verbosity,
    terminal: bool,
}

impl Progress {
    pub(crate) fn new(verbosity: Verbosity) -> Self {
        Self { verbosity, terminal: io::stderr().is_terminal() }
    }

    /// A step begins real work: `what` will exist afterwards, and is needed because of `why`.
    pub(crate) fn begin(&self, what: &str, why: &str) -> Step {
        if self.verbosity == Verbosity::Silent {
            return Step {
                what: what.into(),
                bar: ProgressBar::hidden(),
                plain: false,
                begun: Instant::now(),
            };
        }
        line(&format!("{what}: {why}"));
        let bar = if self.terminal { spinner() } else { ProgressBar::hidden() };
        Step { what: what.into(), bar, plain: true, begun: Instant::now() }
    }

    /// A quiet step: shows only that it is alive, and only on a terminal.
    pub(crate) fn watch(&self) -> Step {
        let visible = self.terminal && self.verbosity != Verbosity::Silent;
        let bar = if visible { spinner() } else { ProgressBar::hidden() };
        Step { what: String::new(), bar, plain: false, begun: Instant::now() }
    }

    /// A step found its result in place.
    pub(crate) fn already(&self, what: &str, found: &str) {
        if self.verbosity == Verbosity::Everything {
            line(&format!("{what}: already there ({found})"));
        }
    }

    /// A remark outside any step.
    pub(crate) fn note(&self, text: &str) {
        if self.verbosity != Verbosity::Silent {
            line(text);
        }
    }
}

/// A step at work.
pub(crate) struct Step {
    what: String,
    bar: ProgressBar,
    plain: bool,
    begun: Instant,
}

impl Step {
    /// The latest sign of life; shown on a terminal only.
    pub(crate) fn alive(&self, text: &str) {
        self.bar.set_message(text.trim().to_owned());
    }

    /// A part of the step worth a line of its own.
    pub(crate) fn say(&self, text: &str) {
        if self.plain {
            self.bar.suspend(|| line(&format!("  {text}")));
        }
    }

    /// The step has its result.
    pub(crate) fn done(self, result: &str) {
        self.bar.finish_and_clear();
        if self.plain {
            let seconds = self.begun.elapsed().as_secs_f32();
            line(&format!("{}: {result} ({seconds:.1} s)", self.what));
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("  {spinner} {elapsed} {wide_msg:.dim}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// One line on standard error. A closed standard error is no reason to stop the work.
fn line(text: &str) {
    let _ = writeln!(io::stderr(), "setup: {text}");
}
