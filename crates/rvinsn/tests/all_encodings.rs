//! Every compressed encoding and every kind of 32-bit instruction against references that are written as the
//! manuals list them: mnemonic by mnemonic.

use proptest::prelude::*;
use rvinsn::{
    Access, Direction, Transformed, Unsupported, Width, decode, decode_transformed, is_whole_load,
    is_whole_store,
};

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

fn expected_of(instruction: u32) -> Result<Access, Unsupported> {
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
fn expand(encoding: u16) -> Option<u32> {
    let (name, register, opcode, funct3) = COMPRESSED
        .iter()
        .find_map(|(name, pattern, op, f)| matches(pattern, encoding).map(|reg| (*name, reg, *op, *f)))?;
    if register == 0 && matches!(name, "c.lwsp" | "c.ldsp") {
        return None;
    }
    Some(opcode | funct3 << 12 | register << 7 | register << 20)
}

#[test]
fn every_compressed_encoding_does_what_its_expansion_does() {
    let compressed = (0..=u16::MAX).filter(|encoding| encoding & 3 != 3);
    for encoding in compressed {
        let expected = match expand(encoding) {
            Some(full) => expected_of(full)
                .map(|access| Access::new(access.direction(), access.width(), access.register(), 2)),
            None => Err(Unsupported::Other),
        };
        assert_eq!(decode(encoding.into()), expected, "{encoding:#06x}");
    }
}

/// Every opcode of 32 bits with every funct3.
fn kinds() -> impl Iterator<Item = (u32, u32)> {
    (0..128).filter(|opcode| opcode & 3 == 3).flat_map(|opcode| (0..8).map(move |funct3| (opcode, funct3)))
}

#[test]
fn every_opcode_and_funct3_with_every_register_is_as_the_table_says() {
    for (opcode, funct3) in kinds() {
        for register in 0..32 {
            // rd and rs2 differ, so that mixing them up shows.
            let instruction = opcode | funct3 << 12 | register << 7 | (31 - register) << 20;
            assert_eq!(decode(instruction), expected_of(instruction), "{instruction:#010x}");
        }
    }
}

proptest! {
    #[test]
    fn addresses_and_immediates_do_not_matter(noise in any::<u32>()) {
        for (opcode, funct3) in kinds() {
            let instruction = noise & !0x707f | opcode | funct3 << 12;
            prop_assert_eq!(decode(instruction), expected_of(instruction), "{:#010x}", instruction);
        }
    }

    #[test]
    fn what_follows_a_compressed_instruction_does_not_matter(encoding in any::<u16>(), next in any::<u16>()) {
        prop_assume!(encoding & 3 != 3);
        prop_assert_eq!(decode(u32::from(next) << 16 | u32::from(encoding)), decode(encoding.into()));
    }

    #[test]
    fn a_transformed_instruction_tells_register_length_and_offset(
        noise in any::<u32>(), offset in 0u32..32, compressed in any::<bool>(),
    ) {
        for (opcode, funct3) in kinds() {
            let instruction = noise & 0x01f0_0f80 | opcode | funct3 << 12 | offset << 15;
            let htinst = if compressed { instruction & !2 } else { instruction };
            let expected = expected_of(instruction).map(|access| {
                let (direction, width, register) = (access.direction(), access.width(), access.register());
                let length = if compressed { 2 } else { 4 };
                let access = Access::new(direction, width, register, length).with_offset(offset as u8);
                Transformed::Access(access)
            });
            prop_assert_eq!(decode_transformed(htinst.into()), expected, "{:#010x}", htinst);
        }
    }

    #[test]
    fn the_short_way_tells_whole_loads_and_stores_as_the_long_one_does(
        noise in any::<u32>(), offset in prop_oneof![Just(0u32), 0u32..32], above in prop_oneof![Just(0u64), 0u64..4],
    ) {
        for (opcode, funct3) in kinds() {
            let htinst = u64::from(noise & 0x01f0_0f82 | opcode & !2 | funct3 << 12 | offset << 15) | above << 32;
            let (load, store) = match decode_transformed(htinst) {
                Ok(Transformed::Access(access)) if access.offset() == 0 && access.is_store() => (None, Some(access)),
                Ok(Transformed::Access(access)) if access.offset() == 0 => (Some(access), None),
                _ => (None, None),
            };
            // A trap of a load or store that does not exist is another one.
            if (opcode, funct3) != (0x03, 7) {
                prop_assert_eq!(is_whole_load(htinst).then(|| Access::of_whole(htinst)), load, "{:#x}", htinst);
            }
            if opcode != 0x23 || funct3 < 4 {
                prop_assert_eq!(is_whole_store(htinst).then(|| Access::of_whole(htinst)), store, "{:#x}", htinst);
            }
        }
    }

    #[test]
    fn no_value_of_htinst_names_a_register_that_is_not_there(htinst in any::<u64>()) {
        if let Ok(Transformed::Access(access)) = decode_transformed(htinst) {
            prop_assert!(access.register() < 32 && access.offset() < 32 && [2, 4].contains(&access.length()));
        }
    }
}

#[test]
fn an_empty_htinst_gives_nothing() {
    assert_eq!(decode_transformed(0), Ok(Transformed::NotGiven));
}

#[test]
fn pseudoinstructions_tell_reads_from_writes_of_page_tables() {
    for (htinst, write) in [(0x2000, false), (0x3000, false), (0x2020, true), (0x3020, true)] {
        assert_eq!(decode_transformed(htinst), Ok(Transformed::TableWalk { write }), "{htinst:#x}");
    }
}

#[test]
fn values_that_no_standard_defines_are_refused() {
    // Other values with bit 0 clear, and loads with bits above the 32 of an instruction.
    for htinst in [2, 0x2002, 0x2040, 0x4000, 0x8000_0000, 0x1_0000_2503, 0x8000_0000_0000_2503] {
        assert_eq!(decode_transformed(htinst), Err(Unsupported::Other), "{htinst:#x}");
    }
}
