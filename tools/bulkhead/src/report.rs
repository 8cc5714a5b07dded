//! How a command's failure reaches the user: one [`miette`] report, whatever the part that failed.

use std::fmt;

use miette::{Diagnostic, MietteHandlerOpts};
use setup::SetupError;

/// A failure with an optional way out.
#[derive(Debug)]
pub struct Failure {
    message: String,
    help: Option<String>,
}

impl Failure {
    /// A failure that `message`, a sentence, describes.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    /// Adds the way out, an imperative sentence.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl Diagnostic for Failure {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        Self { message: error.to_string(), help: error.way_out().map(str::to_owned) }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(error.to_string())
    }
}

/// Has reports printed without line breaks of their own, so that a command line in one survives being copied.
/// To be called once, before the first report.
pub fn keep_lines_whole() {
    // A second call finds the hook in place, which is what it wants.
    let _ = miette::set_hook(Box::new(|_| Box::new(MietteHandlerOpts::new().wrap_lines(false).build())));
}
