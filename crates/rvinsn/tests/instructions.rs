//! Instructions as an assembler writes them, and what they do to a value.

use rvinsn::{Access, Direction, Unsupported, Width, decode};

use Direction::{LoadSigned, LoadUnsigned, Store};
use Width::{Byte, Double, Half, Word};

fn access(direction: Direction, width: Width, register: u8, length: u8) -> Access {
    Access::new(direction, width, register, length)
}

#[test]
fn words_from_an_assembler_are_what_they_were_written_as() {
    for (text, instruction, expected) in [
        ("lb a0, -1(a1)", 0xfff5_8503, access(LoadSigned, Byte, 10, 4)),
        ("lh s0, 2(sp)", 0x0021_1403, access(LoadSigned, Half, 8, 4)),
        ("lw a0, 8(a1)", 0x0085_a503, access(LoadSigned, Word, 10, 4)),
        ("ld ra, 0(t6)", 0x000f_b083, access(LoadSigned, Double, 1, 4)),
        ("lbu t6, 5(a5)", 0x0057_cf83, access(LoadUnsigned, Byte, 31, 4)),
        ("lhu a0, 0(a0)", 0x0005_5503, access(LoadUnsigned, Half, 10, 4)),
        ("lwu zero, 4(a5)", 0x0047_e003, access(LoadUnsigned, Word, 0, 4)),
        ("sb a4, 0(a5)", 0x00e7_8023, access(Store, Byte, 14, 4)),
        ("sh t6, -2(a5)", 0xfff7_9f23, access(Store, Half, 31, 4)),
        ("sw zero, 4(a5)", 0x0007_a223, access(Store, Word, 0, 4)),
        ("sd a0, 2047(a1)", 0x7ea5_bfa3, access(Store, Double, 10, 4)),
        ("c.lw a4, 0(a5)", 0x4398, access(LoadSigned, Word, 14, 2)),
        ("c.ld a4, 8(a5)", 0x6798, access(LoadSigned, Double, 14, 2)),
        ("c.sw a4, 0(a5)", 0xc398, access(Store, Word, 14, 2)),
        ("c.sd a4, 8(a5)", 0xe798, access(Store, Double, 14, 2)),
        ("c.lwsp ra, 12(sp)", 0x40b2, access(LoadSigned, Word, 1, 2)),
        ("c.ldsp ra, 8(sp)", 0x60a2, access(LoadSigned, Double, 1, 2)),
        ("c.swsp zero, 0(sp)", 0xc002, access(Store, Word, 0, 2)),
        ("c.sdsp ra, 8(sp)", 0xe406, access(Store, Double, 1, 2)),
        ("c.lbu a4, 0(a5)", 0x8398, access(LoadUnsigned, Byte, 14, 2)),
        ("c.lhu a4, 2(a5)", 0x87b8, access(LoadUnsigned, Half, 14, 2)),
        ("c.lh a4, 0(a5)", 0x87d8, access(LoadSigned, Half, 14, 2)),
        ("c.sb a4, 3(a5)", 0x8bf8, access(Store, Byte, 14, 2)),
        ("c.sh a4, 0(a5)", 0x8f98, access(Store, Half, 14, 2)),
    ] {
        assert_eq!(decode(instruction), Ok(expected), "{text}");
    }
}

#[test]
fn accesses_that_devices_do_not_offer_are_told_apart() {
    for (text, instruction, expected) in [
        ("amoadd.w a0, a1, (a2)", 0x00b6_252f, Unsupported::Atomic),
        ("lr.d a0, (a1)", 0x1005_b52f, Unsupported::Atomic),
        ("sc.w a0, a1, (a2)", 0x18b6_252f, Unsupported::Atomic),
        ("flw fa0, 0(a0)", 0x0005_2507, Unsupported::Float),
        ("fsd fa0, 0(a0)", 0x00a5_3027, Unsupported::Float),
        ("c.fld fa4, 0(a5)", 0x2398, Unsupported::Float),
        ("c.fsdsp fa0, 0(sp)", 0xa02a, Unsupported::Float),
        ("vle8.v v1, (a0)", 0x0205_0087, Unsupported::Other),
        ("vse64.v v1, (a0)", 0x0205_70a7, Unsupported::Other),
        ("hlv.w a0, (a1)", 0x6805_c573, Unsupported::Other),
        ("add a0, a0, a1", 0x00b5_0533, Unsupported::Other),
        ("all zeroes", 0, Unsupported::Other),
        ("all ones", u32::MAX, Unsupported::Other),
    ] {
        assert_eq!(decode(instruction), Err(expected), "{text}");
    }
}

#[test]
fn signed_loads_spread_the_sign_and_unsigned_ones_do_not() {
    let value = 0x8182_8384_8586_8788;
    for (direction, width, expected) in [
        (LoadSigned, Byte, 0xffff_ffff_ffff_ff88),
        (LoadSigned, Half, 0xffff_ffff_ffff_8788),
        (LoadSigned, Word, 0xffff_ffff_8586_8788),
        (LoadSigned, Double, value),
        (LoadUnsigned, Byte, 0x88),
        (LoadUnsigned, Half, 0x8788),
        (LoadUnsigned, Word, 0x8586_8788),
    ] {
        assert_eq!(access(direction, width, 1, 4).extend(value), expected, "{direction:?} {width:?}");
    }
}

#[test]
fn a_positive_value_is_extended_by_zeroes() {
    for width in [Byte, Half, Word, Double] {
        assert_eq!(access(LoadSigned, width, 1, 4).extend(0x7f), 0x7f, "{width:?}");
    }
}

#[test]
fn a_store_moves_only_the_bytes_of_its_width() {
    for (width, expected) in
        [(Byte, 0x88), (Half, 0x8788), (Word, 0x8586_8788), (Double, 0x8182_8384_8586_8788)]
    {
        assert_eq!(access(Store, width, 1, 4).extend(0x8182_8384_8586_8788), expected, "{width:?}");
    }
}
