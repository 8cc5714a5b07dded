//! Widths of accesses.

/// How much a load or store of a single register moves: 1 << n bytes, n being the discriminant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
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

    /// The bits of 64 that are above it.
    #[inline(always)]
    const fn above(self) -> u32 {
        u64::BITS.wrapping_sub(8u32.wrapping_shl(self as u32))
    }

    /// The value of these low bytes of a register, with zeroes above.
    #[inline(always)]
    pub const fn zero_extend(self, value: u64) -> u64 {
        value.wrapping_shl(self.above()).wrapping_shr(self.above())
    }

    /// The value of these low bytes of a register, with their sign above.
    #[inline(always)]
    pub const fn sign_extend(self, value: u64) -> u64 {
        (value.wrapping_shl(self.above()) as i64).wrapping_shr(self.above()) as u64
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

    #[test]
    fn a_value_is_extended_from_the_bytes_of_the_width() {
        let value = 0x8182_8384_8586_8788;
        for (width, zero, sign) in [
            (Width::Byte, 0x88, 0xffff_ffff_ffff_ff88),
            (Width::Half, 0x8788, 0xffff_ffff_ffff_8788),
            (Width::Word, 0x8586_8788, 0xffff_ffff_8586_8788),
            (Width::Double, value, value),
        ] {
            assert_eq!((width.zero_extend(value), width.sign_extend(value)), (zero, sign));
            assert_eq!(width.sign_extend(1), 1);
        }
    }
}
