//! Physical address sizes and their encoding in ID_AA64MMFR0_EL1.PARange, TCR_EL2.PS and VTCR_EL2.PS.

use crate::MapError;

/// The most that the 4 KiB granule translates without FEAT_LPA2.
const LARGEST: u8 = 48;

/// Bits of physical address for a value of ID_AA64MMFR0_EL1.PARange, cut to the 48 that the 4 KiB granule
/// reaches without FEAT_LPA2; `None` for a reserved value.
pub const fn physical_bits(pa_range: u8) -> Option<u8> {
    match pa_range {
        0b0000 => Some(32),
        0b0001 => Some(36),
        0b0010 => Some(40),
        0b0011 => Some(42),
        0b0100 => Some(44),
        0b0101..=0b0111 => Some(LARGEST),
        _ => None,
    }
}

/// The PS field for a physical address size in bits.
pub(super) const fn ps_field(bits: u8) -> Result<u64, MapError> {
    match bits {
        32 => Ok(0b000),
        36 => Ok(0b001),
        40 => Ok(0b010),
        42 => Ok(0b011),
        44 => Ok(0b100),
        LARGEST => Ok(0b101),
        _ => Err(MapError::UnsupportedSize { bits }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_that_pa_range_names_has_its_ps_value_again() {
        for pa_range in 0..=5 {
            assert_eq!(ps_field(physical_bits(pa_range).unwrap()), Ok(u64::from(pa_range)));
        }
    }

    #[test]
    fn sizes_beyond_48_bits_are_used_as_48() {
        assert_eq!((physical_bits(6), physical_bits(7)), (Some(48), Some(48)));
    }

    #[test]
    fn a_reserved_pa_range_has_no_size() {
        assert_eq!(physical_bits(8), None);
    }
}
