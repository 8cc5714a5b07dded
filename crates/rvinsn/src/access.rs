//! An access as the emulation of a device needs it.

use core::num::NonZeroU32;

use ids::Width;

/// Which way the bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From memory to the register, whose upper bits become the value's sign.
    LoadSigned,
    /// From memory to the register, whose upper bits become 0.
    LoadUnsigned,
    /// From the register to memory.
    Store,
}

/// An integer load or store.
///
/// It is kept as htinst tells it (privileged ISA, "Transformed Instruction"): the 32-bit instruction, the offset in the
/// place of rs1, and its length in bit 1. What else is in it means nothing.
#[derive(Clone, Copy)]
pub struct Access(NonZeroU32);

/// The opcode without bit 1, and without the bit that is set for a store and clear for a load.
const OPCODE: u32 = 0x5d;
const LOAD_OR_STORE: u32 = 0x01;
const IS_STORE: u32 = 1 << 5;
/// Bit 1: the instruction has 32 bits.
const HAS_32_BITS: u32 = 1 << 1;
/// The values of funct3 that loads have, and from bit 8 on those that stores have.
const KINDS: u32 = 0x7f | 0xf << 8;
/// Bit numbers of rd, funct3, rs1 and rs2, and of what funct3 is made of: the width, and that a load is unsigned.
const RD: u32 = 7;
const FUNCT3: u32 = 12;
const UNSIGNED: u32 = 1 << 14;
const OFFSET: u32 = 15;
const RS2: u32 = 20;
/// A register's field, and the offset's.
const FIELD: u32 = 0x1f;

impl Access {
    /// The access that `instruction` is, which is laid out as in htinst.
    #[inline(always)]
    pub(crate) const fn of_transformed(instruction: u32) -> Option<Self> {
        let kind = instruction >> FUNCT3 & 7 | (instruction & IS_STORE) >> 2;
        if instruction & OPCODE != LOAD_OR_STORE || KINDS >> kind & 1 == 0 {
            return None;
        }
        Some(Self::of_bits(instruction))
    }

    /// Whether `htinst` is laid out as a load or store with offset 0.
    #[inline(always)]
    pub(crate) const fn is_whole(htinst: u64, store: bool) -> bool {
        const MASK: u64 = !(u32::MAX as u64) | (OPCODE | IS_STORE | FIELD << OFFSET) as u64;
        htinst & MASK == (if store { LOAD_OR_STORE | IS_STORE } else { LOAD_OR_STORE }) as u64
    }

    /// The access that `htinst` tells where [`is_whole_load`](crate::is_whole_load) or
    /// [`is_whole_store`](crate::is_whole_store) says that it does; some other where they do not.
    #[inline(always)]
    pub const fn of_whole(htinst: u64) -> Self {
        Self::of_bits(htinst as u32)
    }

    /// These bits, and those that every load and store has.
    #[inline(always)]
    const fn of_bits(bits: u32) -> Self {
        match NonZeroU32::new(bits | LOAD_OR_STORE) {
            Some(bits) => Self(bits),
            None => Self(NonZeroU32::MIN),
        }
    }

    const fn bits(self) -> u32 {
        self.0.get()
    }

    /// An access by an instruction of `length` bytes, 2 or 4, at the address of the fault. An unsigned load of 8 bytes
    /// does not exist and becomes a signed one: there is nothing to extend.
    pub const fn new(direction: Direction, width: Width, register: u8, length: u8) -> Self {
        let register = register as u32 & FIELD;
        let kind = match (direction, width) {
            (Direction::Store, _) => IS_STORE | register << RS2,
            (Direction::LoadUnsigned, Width::Byte | Width::Half | Width::Word) => UNSIGNED | register << RD,
            _ => register << RD,
        };
        let length = if length == 4 { HAS_32_BITS } else { 0 };
        Self::of_bits(kind | (width as u32) << FUNCT3 | length)
    }

    /// The same with another offset, of which the low 5 bits count.
    #[must_use]
    pub const fn with_offset(self, offset: u8) -> Self {
        Self::of_bits(self.bits() & !(FIELD << OFFSET) | (offset as u32 & FIELD) << OFFSET)
    }

    /// Whether it is a store.
    #[inline(always)]
    pub const fn is_store(self) -> bool {
        self.bits() & IS_STORE != 0
    }

    /// Which way, and how a loaded value is extended.
    #[inline]
    pub const fn direction(self) -> Direction {
        if self.is_store() {
            Direction::Store
        } else if self.bits() & UNSIGNED != 0 {
            Direction::LoadUnsigned
        } else {
            Direction::LoadSigned
        }
    }

    /// How many bytes.
    #[inline(always)]
    pub const fn width(self) -> Width {
        match self.bits() >> FUNCT3 & 3 {
            0 => Width::Byte,
            1 => Width::Half,
            2 => Width::Word,
            _ => Width::Double,
        }
    }

    /// The number of the register, 0 to 31, that a load writes or a store reads. x0 reads 0, and a load into it still
    /// accesses the device.
    #[inline(always)]
    pub const fn register(self) -> u8 {
        if self.is_store() { self.stored_register() } else { self.loaded_register() }
    }

    /// The register of a load, as [`Self::register`] gives it.
    #[inline(always)]
    pub const fn loaded_register(self) -> u8 {
        (self.bits() >> RD & FIELD) as u8
    }

    /// The register of a store.
    #[inline(always)]
    pub const fn stored_register(self) -> u8 {
        (self.bits() >> RS2 & FIELD) as u8
    }

    /// Bytes that the instruction takes, 2 or 4: what the program counter moves on by.
    #[inline(always)]
    pub const fn length(self) -> u8 {
        2u8.wrapping_add((self.bits() & HAS_32_BITS) as u8)
    }

    /// Bytes, 0 to 31, from the start of the access to the address of the fault. Only htinst tells; it is not 0 only
    /// for the later part of a misaligned access that was split.
    #[inline(always)]
    pub const fn offset(self) -> u8 {
        (self.bits() >> OFFSET & FIELD) as u8
    }

    /// `value` as 64 bits, of which the access moves the low [`Self::width`] bytes: for a load, what the register
    /// gets; for a store, the value that is stored, with zeroes above.
    #[inline(always)]
    pub const fn extend(self, value: u64) -> u64 {
        if self.bits() & (IS_STORE | UNSIGNED) == 0 {
            self.width().sign_extend(value)
        } else {
            self.width().zero_extend(value)
        }
    }
}

impl PartialEq for Access {
    fn eq(&self, other: &Self) -> bool {
        let parts = |access: &Self| (access.direction(), access.width(), access.register());
        parts(self) == parts(other) && self.length() == other.length() && self.offset() == other.offset()
    }
}

impl Eq for Access {}

impl core::fmt::Debug for Access {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (direction, width) = (self.direction(), self.width());
        let (register, length, offset) = (self.register(), self.length(), self.offset());
        write!(f, "Access({direction:?} {width:?} x{register}, {length} bytes, offset {offset})")
    }
}

/// Why an instruction is not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// An atomic memory operation, LR or SC. Devices that are emulated offer none.
    Atomic,
    /// A load or store of a floating-point register.
    Float,
    /// Anything else: no load or store, one of a vector, a reserved encoding, or one of an extension that is not
    /// known.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_tells_what_it_was_made_of() {
        let directions = [Direction::LoadSigned, Direction::LoadUnsigned, Direction::Store];
        let widths = [Width::Byte, Width::Half, Width::Word, Width::Double];
        for (direction, width) in directions.into_iter().flat_map(|it| widths.map(|width| (it, width))) {
            for (register, length, offset) in [(0, 2, 0), (1, 4, 31), (31, 2, 7), (16, 4, 1)] {
                let access = Access::new(direction, width, register, length).with_offset(offset);
                let exists = (direction, width) != (Direction::LoadUnsigned, Width::Double);
                assert_eq!(access.direction(), if exists { direction } else { Direction::LoadSigned });
                assert_eq!(access.is_store(), direction == Direction::Store);
                assert_eq!((access.width(), access.register()), (width, register));
                assert_eq!((access.length(), access.offset()), (length, offset));
            }
        }
    }

    #[test]
    fn loads_extend_by_sign_or_zero_and_stores_by_zero() {
        let value = 0x8182_8384_8586_8788;
        for (direction, width, expected) in [
            (Direction::LoadSigned, Width::Byte, 0xffff_ffff_ffff_ff88),
            (Direction::LoadSigned, Width::Half, 0xffff_ffff_ffff_8788),
            (Direction::LoadSigned, Width::Word, 0xffff_ffff_8586_8788),
            (Direction::LoadSigned, Width::Double, value),
            (Direction::LoadUnsigned, Width::Byte, 0x88),
            (Direction::LoadUnsigned, Width::Half, 0x8788),
            (Direction::LoadUnsigned, Width::Word, 0x8586_8788),
            (Direction::Store, Width::Byte, 0x88),
            (Direction::Store, Width::Word, 0x8586_8788),
            (Direction::Store, Width::Double, value),
        ] {
            assert_eq!(
                Access::new(direction, width, 1, 4).extend(value),
                expected,
                "{direction:?} {width:?}"
            );
        }
    }
}
