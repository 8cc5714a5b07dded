//! The one error type of set-up: what was attempted, why it failed, and the way out.

use std::fmt;

/// A set-up step that failed.
///
/// Its `Display` is a sentence (with the failed command and the end of its output where there was one); the
/// remedy is apart so that a front end can show it as help.
#[derive(Clone, Debug)]
pub struct SetupError {
    attempt: String,
    cause: Option<String>,
    remedy: Option<String>,
}

impl SetupError {
    /// `attempt` completes the sentence "could not …".
    pub fn new(attempt: impl Into<String>) -> Self {
        Self { attempt: attempt.into(), cause: None, remedy: None }
    }

    /// Adds why it failed.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// Adds the way out, an imperative sentence.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// The way out, if one is known.
    pub fn way_out(&self) -> Option<&str> {
        self.remedy.as_deref()
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}", self.attempt)?;
        match &self.cause {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SetupError {}
