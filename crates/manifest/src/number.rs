//! Numbers as they lie in a bundle: little-endian, at multiples of four bytes, as all records are made of whole words.
//! A number that could lie anywhere would be read byte by byte where only aligned accesses are allowed.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A number of 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
pub(crate) struct U32(u32);

impl U32 {
    pub(crate) const fn new(value: u32) -> Self {
        Self(value.to_le())
    }

    pub(crate) const fn get(self) -> u32 {
        u32::from_le(self.0)
    }
}

/// A number of 64 bits, the lower half first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
pub(crate) struct U64([U32; 2]);

impl U64 {
    #[cfg(any(test, feature = "write"))]
    pub(crate) const fn new(value: u64) -> Self {
        Self([U32::new(value as u32), U32::new((value >> 32) as u32)])
    }

    pub(crate) const fn get(self) -> u64 {
        let [low, high] = self.0;
        (high.get() as u64) << 32 | low.get() as u64
    }
}

#[cfg(test)]
mod tests {
    use zerocopy::IntoBytes;

    use super::{U32, U64};

    #[test]
    fn numbers_lie_with_their_lowest_byte_first() {
        assert_eq!(U32::new(0x0102_0304).as_bytes(), [4, 3, 2, 1]);
        assert_eq!(U64::new(0x0102_0304_0506_0708).as_bytes(), [8, 7, 6, 5, 4, 3, 2, 1]);
    }

    #[test]
    fn numbers_are_read_as_they_were_written() {
        assert_eq!(U32::new(0xfedc_ba98).get(), 0xfedc_ba98);
        assert_eq!(U64::new(0xfedc_ba98_7654_3210).get(), 0xfedc_ba98_7654_3210);
    }
}
