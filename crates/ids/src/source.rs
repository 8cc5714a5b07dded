//! Sources of the wired interrupt controllers of riscv64, virtual and physical: distinct types, so that neither is ever
//! taken for the other.

use core::num::NonZeroU16;

/// The most sources that an APLIC or a PLIC can have: 1 to 1023 (AIA 1.0, 4.1; PLIC 1.0, chapter 3). There is no
/// source 0.
pub const MAX_SOURCES: u16 = 1023;

/// A source as the guest numbers it: 1 to [`MAX_SOURCES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VirtualSource(NonZeroU16);

impl VirtualSource {
    /// The source with this number; `None` for 0 and numbers beyond [`MAX_SOURCES`].
    pub const fn new(number: u32) -> Option<Self> {
        match source(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0.get() as u32
    }
}

/// A source as the machine's controller numbers it: 1 to [`MAX_SOURCES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PhysicalSource(NonZeroU16);

impl PhysicalSource {
    /// The source with this number; `None` for 0 and numbers beyond [`MAX_SOURCES`].
    pub const fn new(number: u32) -> Option<Self> {
        match source(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0.get() as u32
    }
}

const fn source(number: u32) -> Option<NonZeroU16> {
    if number <= MAX_SOURCES as u32 { NonZeroU16::new(number as u16) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_no_source_0_and_none_beyond_1023() {
        for number in [0, 1024, 0x1_0001, u32::MAX] {
            assert_eq!(VirtualSource::new(number), None);
            assert_eq!(PhysicalSource::new(number), None);
        }
        assert_eq!(VirtualSource::new(1023).map(VirtualSource::number), Some(1023));
        assert_eq!(PhysicalSource::new(1).map(PhysicalSource::number), Some(1));
    }
}
