//! Which registers there are: name, offset, extent and kind (AIA 1.0, 4.5). All are 32 bits wide and can only
//! be accessed so.
//!
//! A register that is not listed, or is accessed with another width or alignment, reads as zero and ignores writes.

use ids::Width;

/// What a register is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Reads as zero, ignores writes: a part of the architecture that this domain does not have.
    Zero,
    DomainConfig,
    SourceConfig,
    SetPending,
    SetPendingNumber,
    SetPendingNumberBigEndian,
    /// in_clrip: reads as inputs.
    ClearPending,
    ClearPendingNumber,
    SetEnable,
    SetEnableNumber,
    ClearEnable,
    ClearEnableNumber,
    GenerateMessage,
    Target,
}

/// The table, and the search in it: by the block of 256 bytes, for which the compiler makes a jump table, and then among
/// the few of that block, first those that drivers use.
macro_rules! register_table {
    ($($block:pat => { $($name:ident $range:pat, $first:literal, $base:literal => $kind:ident;)* })*) => {
        /// The kind of register at an offset, the offset of the first of its array, and the index of that.
        #[inline(always)]
        const fn row(offset: u32) -> Option<(Kind, u32, u32)> {
            match offset >> 8 {
                $($block => match offset {
                    $($range => Some((Kind::$kind, $first, $base)),)*
                    _ => None,
                },)*
                _ => None,
            }
        }

        /// The names of the registers that an offset lies in.
        #[cfg(test)]
        fn names(offset: u32) -> std::vec::Vec<&'static str> {
            let mut names = std::vec::Vec::new();
            $($(if matches!(offset, $range) {
                names.push(stringify!($name));
            })*)*
            names
        }
    };
}

register_table! {
    0x00..=0x0f => {
        domaincfg    0x0000..0x0004, 0x0000, 0 => DomainConfig;
        sourcecfg    0x0004..0x1000, 0x0004, 1 => SourceConfig;
    }
    // Only of machine-level domains.
    0x1b => {
        mmsiaddrcfg  0x1bc0..0x1bc4, 0x1bc0, 0 => Zero;
        mmsiaddrcfgh 0x1bc4..0x1bc8, 0x1bc4, 0 => Zero;
        smsiaddrcfg  0x1bc8..0x1bcc, 0x1bc8, 0 => Zero;
        smsiaddrcfgh 0x1bcc..0x1bd0, 0x1bcc, 0 => Zero;
    }
    0x1c => {
        setipnum     0x1cdc..0x1ce0, 0x1cdc, 0 => SetPendingNumber;
        setip        0x1c00..0x1c80, 0x1c00, 0 => SetPending;
    }
    0x1d => {
        clripnum     0x1ddc..0x1de0, 0x1ddc, 0 => ClearPendingNumber;
        in_clrip     0x1d00..0x1d80, 0x1d00, 0 => ClearPending;
    }
    0x1e => {
        setienum     0x1edc..0x1ee0, 0x1edc, 0 => SetEnableNumber;
        setie        0x1e00..0x1e80, 0x1e00, 0 => SetEnable;
    }
    0x1f => {
        clrienum     0x1fdc..0x1fe0, 0x1fdc, 0 => ClearEnableNumber;
        clrie        0x1f00..0x1f80, 0x1f00, 0 => ClearEnable;
    }
    0x20 => {
        setipnum_le  0x2000..0x2004, 0x2000, 0 => SetPendingNumber;
        setipnum_be  0x2004..0x2008, 0x2004, 0 => SetPendingNumberBigEndian;
    }
    0x30..=0x3f => {
        genmsi       0x3000..0x3004, 0x3000, 0 => GenerateMessage;
        target       0x3004..0x4000, 0x3004, 1 => Target;
    }
}

/// A register that an access names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Register {
    pub(crate) kind: Kind,
    /// Which one of an array; 0 for a single register.
    pub(crate) index: u32,
}

impl Register {
    /// The register that is accessed, if there is one that allows it.
    #[inline(always)]
    pub(crate) fn at(offset: u32, width: Width) -> Option<Self> {
        if width != Width::Word || offset & 3 != 0 {
            return None;
        }
        let (kind, first, base) = row(offset)?;
        Some(Self { kind, index: (offset.wrapping_sub(first) >> 2).wrapping_add(base) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_registers_overlap() {
        for offset in 0..0x5000 {
            let names = names(offset);
            assert!(names.len() <= 1, "{offset:#x}: {names:?}");
            assert_eq!(row(offset).is_some(), !names.is_empty());
        }
    }

    #[test]
    fn an_array_of_sources_begins_with_source_1_and_ends_with_1023() {
        for (first, last, kind) in [(0x4, 0xffc, Kind::SourceConfig), (0x3004, 0x3ffc, Kind::Target)] {
            assert_eq!(Register::at(first, Width::Word), Some(Register { kind, index: 1 }));
            assert_eq!(Register::at(last, Width::Word), Some(Register { kind, index: 1023 }));
        }
    }

    #[test]
    fn only_aligned_words_name_a_register() {
        for width in [Width::Byte, Width::Half, Width::Double] {
            assert_eq!(Register::at(0, width), None);
        }
        for offset in [1, 2, 3, 0x1c01] {
            assert_eq!(Register::at(offset, Width::Word), None);
        }
    }
}
