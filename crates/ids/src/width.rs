//! Widths of accesses.

/// How much a load or store of a single register moves: 1 << n bytes, n being the discriminant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Width {
    /// 8 bits.
    Byte = 0,
    /// 16 bits.
    Half,
    /// 32 bits.
    Word,
    /// 64 bits.
    Double,
}

impl Width {
    /// The width of an access of so many bytes: 1, 2, 4 or 8.
    pub const fn from_bytes(bytes: u32) -> Option<Self> {
        match bytes {
            1 => Some(Self::Byte),
            2 => Some(Self::Half),
            4 => Some(Self::Word),
            8 => Some(Self::Double),
            _ => None,
        }
    }

    /// Its bytes.
    #[inline]
    pub const fn bytes(self) -> u32 {
        1u32.wrapping_shl(self as u32)
    }

    /// Its bits.
    #[inline]
    pub const fn bits(self) -> u32 {
        8u32.wrapping_shl(self as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::Width;

    #[test]
    fn only_1_2_4_and_8_bytes_are_widths() {
        let widths: std::vec::Vec<_> = (0..=16).filter_map(Width::from_bytes).map(Width::bytes).collect();
        assert_eq!(widths, [1, 2, 4, 8]);
    }
}
