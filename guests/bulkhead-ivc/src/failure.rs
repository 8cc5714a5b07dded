//! Why a command ends before it is done.

use core::fmt;

use ivc::{LinkError, OpenError};

use crate::linux::Error;

/// Why a command ends before it is done.
pub(crate) enum Failure {
    /// The command line.
    Usage(&'static str),
    /// The kernel refused something, which is named.
    Kernel(&'static str, Error),
    /// The ring cannot be.
    Open(OpenError),
    /// The other peer does not keep to the ring's rules.
    Link(LinkError),
    /// A check did not hold.
    Check(&'static str),
}

impl fmt::Display for Failure {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(what) | Self::Check(what) => to.write_str(what),
            Self::Kernel(what, error) => write!(to, "{what}: error {} of the kernel", error.0),
            Self::Open(OpenError::TooSmall) => to.write_str("the channel's output sections are too small"),
            Self::Open(OpenError::Lengths) => to.write_str("the channel's output sections differ in size"),
            Self::Link(LinkError::Incompatible) => {
                to.write_str("the other peer has another version of rings")
            }
            Self::Link(_) => to.write_str("what the other peer wrote makes no sense"),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}
