//! What harts can do beyond RV64I (Linux binding riscv/extensions.yaml), as far as a hypervisor asks.

use crate::fdt::Node;
use crate::tree;

/// An extension that decides what a hypervisor does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Extension {
    /// Floating point of double width.
    D,
    /// Vectors.
    V,
    /// The hypervisor extension.
    H,
    /// A timer of supervisor level, and one of guests.
    Sstc,
    /// Supervisor-level registers of the advanced interrupt architecture.
    Ssaia,
    /// Control over state that extensions add; Ssstateen is the supervisor level's part of it.
    Smstateen,
    /// Memory types by page.
    Svpbmt,
}

/// Any name of an extension is enough.
const ALL: [(Extension, &str); 8] = [
    (Extension::D, "d"),
    (Extension::V, "v"),
    (Extension::H, "h"),
    (Extension::Sstc, "sstc"),
    (Extension::Ssaia, "ssaia"),
    (Extension::Smstateen, "smstateen"),
    (Extension::Smstateen, "ssstateen"),
    (Extension::Svpbmt, "svpbmt"),
];

/// A set of extensions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extensions(u8);

impl Extensions {
    /// Whether the extension is in the set.
    pub const fn contains(self, extension: Extension) -> bool {
        self.0 & bit(extension) != 0
    }

    /// Those of all harts: what one of them lacks is not there.
    pub(crate) fn common<'a>(harts: impl Iterator<Item = Node<'a>>) -> Self {
        harts.map(|hart| Self::of(&hart)).reduce(|all, one| Self(all.0 & one.0)).unwrap_or_default()
    }

    /// What one hart says: a list of names, or on older boards a string that strings them together.
    fn of(hart: &Node<'_>) -> Self {
        let listed = hart.property("riscv,isa-extensions");
        let found = |name: &str| match &listed {
            Some(list) => list.split(|byte| *byte == 0).any(|entry| entry == name.as_bytes()),
            None => tree::string(hart, "riscv,isa").is_some_and(|isa| names(isa, name)),
        };
        Self(ALL.iter().filter(|(_, name)| found(name)).fold(0, |set, (extension, _)| set | bit(*extension)))
    }
}

const fn bit(extension: Extension) -> u8 {
    1u8.wrapping_shl(extension as u32)
}

/// Whether an ISA string names an extension (unprivileged specification, "ISA Extension Naming Conventions"): single
/// letters follow the base, all others stand behind underscores.
fn names(isa: &[u8], name: &str) -> bool {
    let mut parts = isa.split(|byte| *byte == b'_');
    let letters = match parts.next() {
        Some([b'r', b'v', b'6', b'4', letters @ ..]) => letters,
        _ => &[],
    };
    if let &[letter] = name.as_bytes() {
        // G stands for IMAFD and more.
        letters.iter().any(|found| *found == letter || (*found == b'g' && letter == b'd'))
    } else {
        parts.any(|part| part == name.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_letters_stand_in_the_base() {
        assert!(names(b"rv64imafdch_zicsr_sstc", "h"));
        assert!(!names(b"rv64imafdc_zihintpause", "h"));
    }

    #[test]
    fn g_has_double_width() {
        assert!(names(b"rv64gc", "d"));
    }

    #[test]
    fn longer_names_stand_whole_behind_underscores() {
        assert!(names(b"rv64imac_smaia_ssaia_sstc", "ssaia"));
        assert!(!names(b"rv64imac_ssaiax", "ssaia"));
        assert!(!names(b"rv64imac", "sstc"));
    }
}
