//! Instructions of 32 bits (unprivileged ISA, "Load and Store Instructions").

use ids::Width;

use crate::access::{Access, Direction, Unsupported};

/// Bits 1 and 0, both set in every instruction that is not compressed.
pub(crate) const FULL_LENGTH: u32 = 0b11;

/// Bits 6 to 0.
const OPCODE: u32 = 0x7f;
const LOAD: u32 = 0x03;
const LOAD_FP: u32 = 0x07;
const STORE: u32 = 0x23;
const STORE_FP: u32 = 0x27;
const AMO: u32 = 0x2f;

/// Bit number of rd, funct3, rs1 and rs2. Register fields have 5 bits, funct3 has 3.
const RD: u32 = 7;
const FUNCT3: u32 = 12;
const RS1: u32 = 15;
const RS2: u32 = 20;

/// The load or store that a 32-bit instruction is.
pub(crate) const fn decode(instruction: u32) -> Result<Access, Unsupported> {
    let funct3 = instruction >> FUNCT3 & 7;
    match instruction & OPCODE {
        LOAD => load(funct3, register(instruction, RD)),
        STORE => store(funct3, register(instruction, RS2)),
        LOAD_FP | STORE_FP if is_float(funct3) => Err(Unsupported::Float),
        AMO => Err(Unsupported::Atomic),
        _ => Err(Unsupported::Other),
    }
}

/// The register field at bit `shift`.
const fn register(instruction: u32, shift: u32) -> u8 {
    (instruction >> shift & 0x1f) as u8
}

/// What stands in the place of rs1: in a transformed instruction, the offset of the address.
pub(crate) const fn rs1(instruction: u32) -> u8 {
    register(instruction, RS1)
}

const fn load(funct3: u32, register: u8) -> Result<Access, Unsupported> {
    use Direction::{LoadSigned, LoadUnsigned};
    let (direction, width) = match funct3 {
        0 => (LoadSigned, Width::Byte),
        1 => (LoadSigned, Width::Half),
        2 => (LoadSigned, Width::Word),
        3 => (LoadSigned, Width::Double),
        4 => (LoadUnsigned, Width::Byte),
        5 => (LoadUnsigned, Width::Half),
        6 => (LoadUnsigned, Width::Word),
        _ => return Err(Unsupported::Other),
    };
    Ok(Access { direction, width, register, length: 4, offset: 0 })
}

const fn store(funct3: u32, register: u8) -> Result<Access, Unsupported> {
    let width = match funct3 {
        0 => Width::Byte,
        1 => Width::Half,
        2 => Width::Word,
        3 => Width::Double,
        _ => return Err(Unsupported::Other),
    };
    Ok(Access { direction: Direction::Store, width, register, length: 4, offset: 0 })
}

/// Whether the width of a LOAD-FP or STORE-FP is that of a floating-point register (16 to 128 bits). The others
/// belong to vectors.
const fn is_float(funct3: u32) -> bool {
    matches!(funct3, 1..=4)
}
