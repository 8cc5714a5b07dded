//! Why a device tree does not describe a board that Bulkhead can run on.

use core::fmt;

use crate::Gicv2Error;

/// A refusal: the text says what is wrong and what the board would need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoardError {
    /// Not a flattened device tree, or damaged.
    Malformed,
    /// A board of an architecture that this build does not read.
    OtherArch,
    /// A node that must be there is not.
    MissingNode(&'static str),
    /// A property that must be there is missing or has the wrong length.
    BadProperty(&'static str),
    /// More of something than there is room for.
    TooMany(&'static str),
    /// Nodes nested deeper than [`crate::MAX_DEPTH`].
    TooDeep,
    /// No interrupt controller with a `compatible` that a driver here knows; the text says which ones are.
    NoInterruptController(&'static str),
    /// A GICv2 that zones cannot run on.
    Gicv2(Gicv2Error),
    /// `/chosen/stdout-path` names no node, or one that is not of the kind in the text.
    NoConsole(&'static str),
    /// No PSCI node, or a `method` that is neither "smc" nor "hvc".
    NoPsci,
}

impl fmt::Display for BoardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("the device tree is damaged or none at all"),
            Self::OtherArch => f.write_str("the device tree is that of another architecture"),
            Self::MissingNode(name) => write!(f, "the device tree has no {name} node"),
            Self::BadProperty(name) => write!(f, "the device tree's {name} is missing or malformed"),
            Self::TooMany(what) => write!(f, "the device tree lists more {what} than Bulkhead has room for"),
            Self::TooDeep => f.write_str("the device tree nests nodes too deeply"),
            Self::NoInterruptController(known) => {
                write!(f, "no supported interrupt controller in the device tree (supported: {known})")
            }
            Self::Gicv2(error) => error.fmt(f),
            Self::NoConsole(known) => {
                write!(f, "/chosen/stdout-path names no supported console (supported: {known})")
            }
            Self::NoPsci => f.write_str("no PSCI node with a method of smc or hvc in the device tree"),
        }
    }
}

impl core::error::Error for BoardError {}

impl From<Gicv2Error> for BoardError {
    fn from(error: Gicv2Error) -> Self {
        Self::Gicv2(error)
    }
}
