//! References that are written as the manuals list instructions: mnemonic by mnemonic.

use rvinsn::{Access, Direction, Unsupported, Width};

/// What the manual says of an opcode and funct3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Load(Direction, Width),
    Store(Width),
    Not(Unsupported),
}

/// The 32-bit instructions of RV64, by major opcode and funct3.
fn meaning(opcode: u32, funct3: u32) -> Meaning {
    const TABLE: [(u32, u32, Meaning); 11] = [
        (0b000_0011, 0b000, Meaning::Load(Direction::LoadSigned, Width::Byte)),
        (0b000_0011, 0b001, Meaning::Load(Direction::LoadSigned, Width::Half)),
        (0b000_0011, 0b010, Meaning::Load(Direction::LoadSigned, Width::Word)),
        (0b000_0011, 0b011, Meaning::Load(Direction::LoadSigned, Width::Double)),
        (0b000_0011, 0b100, Meaning::Load(Direction::LoadUnsigned, Width::Byte)),
        (0b000_0011, 0b101, Meaning::Load(Direction::LoadUnsigned, Width::Half)),
        (0b000_0011, 0b110, Meaning::Load(Direction::LoadUnsigned, Width::Word)),
        (0b010_0011, 0b000, Meaning::Store(Width::Byte)),
        (0b010_0011, 0b001, Meaning::Store(Width::Half)),
        (0b010_0011, 0b010, Meaning::Store(Width::Word)),
        (0b010_0011, 0b011, Meaning::Store(Width::Double)),
    ];
    let listed = TABLE.iter().find(|(op, f, _)| (*op, *f) == (opcode, funct3));
    match (opcode, funct3) {
        _ if listed.is_some() => listed.unwrap().2,
        (0b000_0111 | 0b010_0111, 1..=4) => Meaning::Not(Unsupported::Float),
        (0b010_1111, _) => Meaning::Not(Unsupported::Atomic),
        _ => Meaning::Not(Unsupported::Other),
    }
}

/// What `decode` is to say of a 32-bit instruction.
pub(crate) fn expected_of(instruction: u32) -> Result<Access, Unsupported> {
    let field = |shift: u32| (instruction >> shift & 0x1f) as u8;
    let (direction, width, register) = match meaning(instruction & 0x7f, instruction >> 12 & 7) {
        Meaning::Load(direction, width) => (direction, width, field(7)),
        Meaning::Store(width) => (Direction::Store, width, field(20)),
        Meaning::Not(unsupported) => return Err(unsupported),
    };
    Ok(Access::new(direction, width, register, 4))
}

/// Bit patterns as the manuals draw them, most significant bit first: `r` is rd' or rs2', `d` rd or rs2 of five
/// bits, `-` anything. With each, the opcode and funct3 of the 32-bit instruction that it stands for.
const COMPRESSED: [(&str, &str, u32, u32); 17] = [
    ("c.fld", "001-----------00", 0b000_0111, 0b011),
    ("c.lw", "010--------rrr00", 0b000_0011, 0b010),
    ("c.ld", "011--------rrr00", 0b000_0011, 0b011),
    ("c.lbu", "100000-----rrr00", 0b000_0011, 0b100),
    ("c.lhu", "100001---0-rrr00", 0b000_0011, 0b101),
    ("c.lh", "100001---1-rrr00", 0b000_0011, 0b001),
    ("c.sb", "100010-----rrr00", 0b010_0011, 0b000),
    ("c.sh", "100011---0-rrr00", 0b010_0011, 0b001),
    ("c.fsd", "101-----------00", 0b010_0111, 0b011),
    ("c.sw", "110--------rrr00", 0b010_0011, 0b010),
    ("c.sd", "111--------rrr00", 0b010_0011, 0b011),
    ("c.fldsp", "001-----------10", 0b000_0111, 0b011),
    ("c.lwsp", "010-ddddd-----10", 0b000_0011, 0b010),
    ("c.ldsp", "011-ddddd-----10", 0b000_0011, 0b011),
    ("c.fsdsp", "101-----------10", 0b010_0111, 0b011),
    ("c.swsp", "110------ddddd10", 0b010_0011, 0b010),
    ("c.sdsp", "111------ddddd10", 0b010_0011, 0b011),
];

/// The bits that `pattern` demands match, and the number in its register field.
fn matches(pattern: &str, encoding: u16) -> Option<u32> {
    let mut register = 0;
    for (place, symbol) in pattern.chars().enumerate() {
        let bit = u32::from(encoding >> (15 - place) & 1);
        match symbol {
            '0' | '1' if symbol.to_digit(2) != Some(bit) => return None,
            'r' | 'd' => register = register << 1 | bit,
            _ => {}
        }
    }
    Some(if pattern.contains('r') { register + 8 } else { register })
}

/// The 32-bit instruction that a compressed load or store stands for, its address aside.
pub(crate) fn expand(encoding: u16) -> Option<u32> {
    let (name, register, opcode, funct3) = COMPRESSED
        .iter()
        .find_map(|(name, pattern, op, f)| matches(pattern, encoding).map(|reg| (*name, reg, *op, *f)))?;
    if register == 0 && matches!(name, "c.lwsp" | "c.ldsp") {
        return None;
    }
    Some(opcode | funct3 << 12 | register << 7 | register << 20)
}
