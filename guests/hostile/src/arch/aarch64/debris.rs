//! Instructions that do nothing but raise exceptions, and ones that are not allowed at EL1.

use crate::tally::Tally;
use common::probe::{self, CodeBuffer, RET};

const INSTRUCTIONS: &[u32] = &[
    0x0000_0000, // udf #0
    0xd400_0001, // svc #0
    0xd41f_ffe1, // svc #0xffff
    0xd420_0000, // brk #0
    0xd43f_ffe0, // brk #0xffff
    0xd440_0000, // hlt #0
    0xd45e_0000, // hlt #0xf000: semihosting
    0xd4a0_0001, // dcps1
    0xd4a0_0002, // dcps2
    0xd4a0_0003, // dcps3
    0xd6bf_03e0, // drps
    0xd503_225f, // tsb csync
    0xd503_221f, // esb
    0xffff_ffff,
];

/// Each of them, twice.
pub(crate) fn exception_generating(code: &mut CodeBuffer) -> Tally {
    let mut tally = Tally::new("exceptions");
    for instruction in INSTRUCTIONS {
        let start = code.load([*instruction, RET]);
        for _ in 0..2 {
            // SAFETY: none of them changes a general register or memory. x0 is no semihosting request.
            let _ = unsafe { probe::run(start, !0, 0, 0) };
            tally.contained(1);
        }
    }
    tally
}
