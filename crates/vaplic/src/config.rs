//! What a zone's APLIC is made with, and why that or a binding can be refused.

use core::fmt;

use ids::{MAX_SOURCES, MAX_VCPUS};

/// The size of an APLIC. The size of its control region is the caller's affair: every offset from 0x4000 on reads as
/// zero and ignores writes, because MSI delivery needs no IDC structures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The highest source: 1 to [`MAX_SOURCES`]. All from 1 on exist.
    pub sources: u16,
    /// vCPUs, whose hart indexes are their numbers: 1 to [`MAX_VCPUS`].
    pub vcpus: u8,
}

impl Config {
    /// The [`Bank`](crate::Bank)s that an APLIC with so many sources needs: one for every 32 sources, the absent
    /// source 0 counted.
    pub const fn banks(sources: u16) -> usize {
        (sources as usize >> 5).wrapping_add(1)
    }

    pub(crate) fn check(&self, banks: usize) -> Result<(), ConfigError> {
        if self.sources == 0 || self.sources > MAX_SOURCES {
            return Err(ConfigError::Sources(self.sources));
        }
        if self.vcpus == 0 || usize::from(self.vcpus) > MAX_VCPUS {
            return Err(ConfigError::Vcpus(self.vcpus));
        }
        let needed = Self::banks(self.sources);
        if banks < needed {
            return Err(ConfigError::Banks { given: banks, needed });
        }
        Ok(())
    }
}

/// Why an APLIC cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// So many sources are too many, or none.
    Sources(u16),
    /// So many vCPUs are too many, or none.
    Vcpus(u8),
    /// Fewer banks were given than the sources need.
    Banks {
        /// So many were given.
        given: usize,
        /// So many are needed.
        needed: usize,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sources(sources) => write!(f, "{sources} sources: an APLIC has 1 to {MAX_SOURCES}"),
            Self::Vcpus(vcpus) => write!(f, "{vcpus} vCPUs: a zone has 1 to {MAX_VCPUS}"),
            Self::Banks { given, needed } => {
                write!(f, "{given} banks for sources that need {needed}: one is for 32 sources")
            }
        }
    }
}
