//! An access as the emulation of a device needs it.

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Which way, and how a loaded value is extended.
    pub direction: Direction,
    /// How many bytes.
    pub width: Width,
    /// The number of the register, 0 to 31, that a load writes or a store reads. x0 reads 0, and a load into it
    /// still accesses the device.
    pub register: u8,
    /// Bytes that the instruction takes, 2 or 4: what the program counter moves on by.
    pub length: u8,
    /// Bytes, 0 to 31, from the start of the access to the address of the fault. Only htinst tells; it is not 0
    /// only for the later part of a misaligned access that was split.
    pub offset: u8,
}

impl Access {
    /// Whether it is a store.
    #[inline]
    pub const fn is_store(&self) -> bool {
        matches!(self.direction, Direction::Store)
    }

    /// `value` as 64 bits, of which the access moves the low [`Self::width`] bytes: for a load, what the register
    /// gets; for a store, the value that is stored, with zeroes above.
    #[inline]
    pub const fn extend(&self, value: u64) -> u64 {
        match (self.direction, self.width) {
            (_, Width::Double) => value,
            (Direction::LoadSigned, Width::Byte) => value as i8 as u64,
            (Direction::LoadSigned, Width::Half) => value as i16 as u64,
            (Direction::LoadSigned, Width::Word) => value as i32 as u64,
            (_, Width::Byte) => value as u8 as u64,
            (_, Width::Half) => value as u16 as u64,
            (_, Width::Word) => value as u32 as u64,
        }
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
