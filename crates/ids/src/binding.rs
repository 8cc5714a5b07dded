//! Where a source is among banks of 32, and why a physical one cannot be bound to a virtual one.

use core::fmt;

use crate::{PhysicalSource, VirtualSource};

/// Where the source with some number is, be it there or not: its bank and its bit there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The bank: 32 sources, one for each bit of a word.
    pub bank: usize,
    /// The bit, 0 to 31.
    pub position: u32,
}

impl Place {
    /// The place of the source with this number.
    #[inline(always)]
    pub const fn of(number: u32) -> Self {
        Self { bank: (number >> 5) as usize, position: number & 31 }
    }

    /// The number of the source that is there.
    #[inline(always)]
    pub const fn number(self) -> u32 {
        (self.bank as u32).wrapping_shl(5) | self.position
    }

    /// The source that is there; none at the place of number 0.
    pub const fn source(self) -> Option<VirtualSource> {
        VirtualSource::new(self.number())
    }
}

/// Why a physical source cannot be bound to a virtual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindError {
    /// The zone's controller has no such source.
    NoSuchSource(VirtualSource),
    /// The virtual source is bound already, to this physical one.
    Bound(VirtualSource, PhysicalSource),
    /// The physical source is bound already, to this virtual one.
    Taken(PhysicalSource, VirtualSource),
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchSource(source) => {
                write!(f, "the zone's controller has no source {}", source.number())
            }
            Self::Bound(source, physical) => write!(
                f,
                "virtual source {} is already bound to physical source {}",
                source.number(),
                physical.number()
            ),
            Self::Taken(physical, source) => write!(
                f,
                "physical source {} is already bound to virtual source {}",
                physical.number(),
                source.number()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_is_found_at_its_own_place() {
        for number in 1..=1023 {
            let source = VirtualSource::new(number).unwrap();
            assert_eq!(Place::of(number).source(), Some(source));
        }
        assert_eq!(Place { bank: 0, position: 0 }.source(), None);
    }
}
