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

/// A register, or an array of registers one behind the other.
pub(crate) struct Row {
    #[cfg_attr(not(test), expect(dead_code, reason = "names are for readers and tests"))]
    pub(crate) name: &'static str,
    first: u32,
    /// The offset behind it.
    end: u32,
    /// The index of the first register of an array.
    base: u32,
    kind: Kind,
}

const fn one(name: &'static str, offset: u32, kind: Kind) -> Row {
    Row { name, first: offset, end: offset.wrapping_add(4), base: 0, kind }
}

const fn array(name: &'static str, first: u32, end: u32, base: u32, kind: Kind) -> Row {
    Row { name, first, end, base, kind }
}

pub(crate) const REGISTERS: &[Row] = &[
    one("domaincfg", 0x0000, Kind::DomainConfig),
    array("sourcecfg", 0x0004, 0x1000, 1, Kind::SourceConfig),
    // Only of machine-level domains.
    one("mmsiaddrcfg", 0x1bc0, Kind::Zero),
    one("mmsiaddrcfgh", 0x1bc4, Kind::Zero),
    one("smsiaddrcfg", 0x1bc8, Kind::Zero),
    one("smsiaddrcfgh", 0x1bcc, Kind::Zero),
    array("setip", 0x1c00, 0x1c80, 0, Kind::SetPending),
    one("setipnum", 0x1cdc, Kind::SetPendingNumber),
    array("in_clrip", 0x1d00, 0x1d80, 0, Kind::ClearPending),
    one("clripnum", 0x1ddc, Kind::ClearPendingNumber),
    array("setie", 0x1e00, 0x1e80, 0, Kind::SetEnable),
    one("setienum", 0x1edc, Kind::SetEnableNumber),
    array("clrie", 0x1f00, 0x1f80, 0, Kind::ClearEnable),
    one("clrienum", 0x1fdc, Kind::ClearEnableNumber),
    one("setipnum_le", 0x2000, Kind::SetPendingNumber),
    one("setipnum_be", 0x2004, Kind::SetPendingNumberBigEndian),
    one("genmsi", 0x3000, Kind::GenerateMessage),
    array("target", 0x3004, 0x4000, 1, Kind::Target),
];

/// A register that an access names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Register {
    pub(crate) kind: Kind,
    /// Which one of an array; 0 for a single register.
    pub(crate) index: u32,
}

impl Register {
    /// The register that is accessed, if there is one that allows it.
    pub(crate) fn at(offset: u32, width: Width) -> Option<Self> {
        if width != Width::Word || offset & 3 != 0 {
            return None;
        }
        let row = REGISTERS.iter().find(|row| (row.first..row.end).contains(&offset))?;
        Some(Self { kind: row.kind, index: (offset.wrapping_sub(row.first) >> 2).wrapping_add(row.base) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_registers_overlap() {
        for row in REGISTERS {
            let shared = REGISTERS.iter().filter(|other| other.first < row.end && row.first < other.end);
            let names: std::vec::Vec<_> = shared.map(|other| other.name).collect();
            assert_eq!(names, [row.name]);
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
