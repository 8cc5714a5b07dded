//! Every compressed encoding and every kind of 32-bit instruction against references that are written as the
//! manuals list them: mnemonic by mnemonic.

mod support;

use proptest::prelude::*;
use rvinsn::{Access, Transformed, Unsupported, decode, decode_transformed, is_whole_load, is_whole_store};
use support::{expand, expected_of};

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
