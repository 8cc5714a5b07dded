//! Instructions of 16 bits: those of the extensions C and Zcb on RV64.

use ids::Width;

use crate::access::{Access, Direction, Unsupported};

/// Loads and stores relative to a register: bits 1 and 0 of the instruction.
const QUADRANT_0: u16 = 0;
/// Among others, loads and stores relative to the stack pointer.
const QUADRANT_2: u16 = 2;

/// The load or store that a 16-bit instruction is.
pub(crate) const fn decode(instruction: u16) -> Result<Access, Unsupported> {
    let funct3 = instruction >> 13;
    match instruction & 3 {
        QUADRANT_0 => register_relative(funct3, instruction),
        QUADRANT_2 => stack_relative(funct3, instruction),
        _ => Err(Unsupported::Other),
    }
}

/// Formats CL and CS: the register is x8 to x15, in bits 4 to 2.
const fn register_relative(funct3: u16, instruction: u16) -> Result<Access, Unsupported> {
    let register = 8 | (instruction >> 2 & 7) as u8;
    match funct3 {
        0b010 => access(Direction::LoadSigned, Width::Word, register),
        0b011 => access(Direction::LoadSigned, Width::Double, register),
        0b100 => zcb(instruction, register),
        0b110 => access(Direction::Store, Width::Word, register),
        0b111 => access(Direction::Store, Width::Double, register),
        // C.FLD and C.FSD.
        0b001 | 0b101 => Err(Unsupported::Float),
        // C.ADDI4SPN.
        _ => Err(Unsupported::Other),
    }
}

/// Zcb's bytes and halves: bits 12 to 10 select, and for halves bit 6, which of a byte's is offset.
const fn zcb(instruction: u16, register: u8) -> Result<Access, Unsupported> {
    let select = instruction >> 10 & 7;
    let bit_6 = instruction >> 6 & 1;
    match (select, bit_6) {
        (0b000, _) => access(Direction::LoadUnsigned, Width::Byte, register),
        (0b001, 0) => access(Direction::LoadUnsigned, Width::Half, register),
        (0b001, _) => access(Direction::LoadSigned, Width::Half, register),
        (0b010, _) => access(Direction::Store, Width::Byte, register),
        (0b011, 0) => access(Direction::Store, Width::Half, register),
        _ => Err(Unsupported::Other),
    }
}

/// Formats CI (loads: rd in bits 11 to 7) and CSS (stores: rs2 in bits 6 to 2).
const fn stack_relative(funct3: u16, instruction: u16) -> Result<Access, Unsupported> {
    let rd = (instruction >> 7 & 0x1f) as u8;
    let rs2 = (instruction >> 2 & 0x1f) as u8;
    match funct3 {
        // A load into x0 is a reserved encoding here.
        0b010 | 0b011 if rd == 0 => Err(Unsupported::Other),
        0b010 => access(Direction::LoadSigned, Width::Word, rd),
        0b011 => access(Direction::LoadSigned, Width::Double, rd),
        0b110 => access(Direction::Store, Width::Word, rs2),
        0b111 => access(Direction::Store, Width::Double, rs2),
        // C.FLDSP and C.FSDSP. (Harts with Zcmp or Zcmt have no C.FSDSP and push or pop with its encodings, which
        // no driver does to a device.)
        0b001 | 0b101 => Err(Unsupported::Float),
        // C.SLLI; C.JR, C.MV and their like.
        _ => Err(Unsupported::Other),
    }
}

const fn access(direction: Direction, width: Width, register: u8) -> Result<Access, Unsupported> {
    Ok(Access::new(direction, width, register, 2))
}
