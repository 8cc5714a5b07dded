//! Instructions that do nothing but raise exceptions, and ones that no mode of a zone has.

use crate::tally::Tally;
use common::probe::{self, CodeBuffer, RET};

const INSTRUCTIONS: &[u32] = &[
    0x0000_0000, // all zero: illegal
    0xffff_ffff, // all one: illegal
    0xc000_1073, // unimp
    0x0010_0073, // ebreak
    0x9002_9002, // c.ebreak, twice
    0x0020_0073, // uret
    0x7b20_0073, // dret
    0x7020_0073, // mnret
    0x3020_0073, // mret
    0x1040_0073, // sctrclr
    0x0000_000b, // custom-0
    0x0000_002b, // custom-1
    0x0000_005b, // custom-2
    0x0000_007b, // custom-3
    0x0000_006b, // reserved opcode
    0x0000_0077, // vector cryptography, reserved encoding
    0x8000_0053, // fadd.s with a reserved format
    0x0000_100f, // fence.i
    0x0ff0_000f, // fence
    0x8330_000f, // fence.tso
    0xfff0_70f3, // csrrci on a machine-level number
];

/// EBREAK between the two shifts that mean semihosting to a debugger.
const SEMIHOSTING: [u32; 3] = [0x01f0_1013, 0x0010_0073, 0x4070_5013];

/// Each of them, twice.
pub(super) fn exception_generating(code: &mut CodeBuffer) -> Tally {
    let mut tally = Tally::new("exceptions");
    let mut twice = |code: &mut CodeBuffer, words: &[u32]| {
        let start = code.load(words.iter().copied().chain([RET]));
        for _ in 0..2 {
            // SAFETY: none of them changes a general register or memory. a0 is no semihosting request.
            let _ = unsafe { probe::run(start, !0, 0, 0) };
            tally.contained(1);
        }
    };
    for instruction in INSTRUCTIONS {
        twice(code, &[*instruction]);
    }
    twice(code, &SEMIHOSTING);
    tally
}
