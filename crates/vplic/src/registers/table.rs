//! Which registers there are: name, offset, extent and access (PLIC 1.0, chapter 3). All are 32 bits wide and can only
//! be accessed so.
//!
//! A register that is not listed, or is accessed with another width or alignment, reads as zero and ignores writes.

use ids::Width;

/// What a register is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Read and write.
    Priority,
    /// Read only.
    Pending,
    /// Read and write.
    Enable,
    /// Read and write.
    Threshold,
    /// A read claims, a write completes.
    Claim,
}

/// Registers that lie one behind the other, in a block for each context; those that belong to no context are a single
/// block.
pub(crate) struct Row {
    #[cfg_attr(not(test), expect(dead_code, reason = "names are for readers and tests"))]
    pub(crate) name: &'static str,
    /// The offset of the first register.
    first: u32,
    /// Registers of a block.
    registers: u32,
    /// How many blocks.
    blocks: u32,
    /// From one block to the next: 1 << `shift` bytes.
    shift: u32,
    kind: Kind,
}

/// Contexts that there are offsets for.
const CONTEXTS: u32 = 15872;

// Claims and completions are most of what a guest does: they are found first.
pub(crate) const REGISTERS: &[Row] = &[
    Row { name: "claim", first: 0x20_0004, registers: 1, blocks: CONTEXTS, shift: 12, kind: Kind::Claim },
    Row {
        name: "threshold",
        first: 0x20_0000,
        registers: 1,
        blocks: CONTEXTS,
        shift: 12,
        kind: Kind::Threshold,
    },
    Row { name: "enable", first: 0x2000, registers: 32, blocks: CONTEXTS, shift: 7, kind: Kind::Enable },
    Row { name: "pending", first: 0x1000, registers: 32, blocks: 1, shift: 7, kind: Kind::Pending },
    Row { name: "priority", first: 0x0, registers: 1024, blocks: 1, shift: 12, kind: Kind::Priority },
];

/// A register that an access names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Register {
    pub(crate) kind: Kind,
    /// Whose it is; 0 for one that belongs to no context.
    pub(crate) context: u32,
    /// Which one of its block: a source's number for priorities, a bank for pending and enable bits, else 0.
    pub(crate) index: u32,
}

impl Register {
    /// The register that is accessed, if there is one that allows it.
    pub(crate) fn at(offset: u32, width: Width) -> Option<Self> {
        if width != Width::Word || offset & 3 != 0 {
            return None;
        }
        REGISTERS.iter().find_map(|row| row.register(offset))
    }
}

impl Row {
    /// The register of this row at `offset`, a multiple of 4.
    fn register(&self, offset: u32) -> Option<Register> {
        let inside = offset.checked_sub(self.first)?;
        let context = inside.wrapping_shr(self.shift);
        let index = inside.wrapping_sub(context.wrapping_shl(self.shift)) >> 2;
        let found = context < self.blocks && index < self.registers;
        found.then_some(Register { kind: self.kind, context, index })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offset: u32) -> Option<(Kind, u32, u32)> {
        Register::at(offset, Width::Word).map(|found| (found.kind, found.context, found.index))
    }

    #[test]
    fn no_offset_is_in_two_rows() {
        let edges = (0..0x3000).chain(0x1f_0000..0x20_3000).chain(0x3ff_e000..0x400_2000);
        for offset in edges.step_by(4) {
            let rows: std::vec::Vec<_> =
                REGISTERS.iter().filter(|row| row.register(offset).is_some()).map(|row| row.name).collect();
            assert!(rows.len() < 2, "{offset:#x}: {rows:?}");
        }
    }

    #[test]
    fn rows_begin_and_end_where_the_specification_has_them() {
        assert_eq!(at(0x0ffc), Some((Kind::Priority, 0, 1023)));
        assert_eq!(at(0x1000), Some((Kind::Pending, 0, 0)));
        assert_eq!(at(0x107c), Some((Kind::Pending, 0, 31)));
        assert_eq!(at(0x1080), None);
        assert_eq!(at(0x1ffc), None);
        assert_eq!(at(0x2000), Some((Kind::Enable, 0, 0)));
        assert_eq!(at(0x1f_1ffc), Some((Kind::Enable, 15871, 31)));
        assert_eq!(at(0x1f_2000), None);
        assert_eq!(at(0x20_0000), Some((Kind::Threshold, 0, 0)));
        assert_eq!(at(0x20_0004), Some((Kind::Claim, 0, 0)));
        assert_eq!(at(0x20_0008), None);
        assert_eq!(at(0x3ff_f004), Some((Kind::Claim, 15871, 0)));
        assert_eq!(at(0x400_0000), None);
        assert_eq!(at(0xffff_fffc), None);
    }

    #[test]
    fn only_aligned_words_name_a_register() {
        for width in [Width::Byte, Width::Half, Width::Double] {
            assert_eq!(Register::at(0x1000, width), None);
        }
        for offset in [1, 2, 3, 0x20_0005] {
            assert_eq!(Register::at(offset, Width::Word), None);
        }
    }
}
