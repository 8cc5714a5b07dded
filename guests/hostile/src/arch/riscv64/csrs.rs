//! All 4096 CSR numbers (privileged specification, "CSR Address Mapping Conventions"): each is read, written with
//! what was read, written with a random value, and restored.

use crate::tally::Tally;
use common::probe::{self, CodeBuffer, RET};
use common::random::Random;

/// `csrr a1, 0` and `csrw 0, a1`.
const READ: u32 = 0x0000_25f3;
const WRITE: u32 = 0x0005_9073;
/// Numbers for which the code buffer has room.
const BATCH: u32 = 256;

/// CSRs that are not written with random values, because the test itself would not survive one.
const KEPT: &[(u32, &str)] =
    &[(0x105, "stvec: the trap handler (see mode=suicide)"), (0x180, "satp: the tables under this code")];

/// Bits 9 and 8 of a number are the lowest mode that has it: 2 for the hypervisor, with the CSRs of its guests, and 3
/// for machine mode and the debugger. A zone has neither: both must trap, whatever the access.
fn is_of_higher_mode(number: u32) -> bool {
    number >> 8 & 0b11 >= 2
}

/// Every number.
pub(super) fn all(code: &mut CodeBuffer, random: &mut Random) -> Tally {
    let mut tally = Tally::new("registers");
    for first in (0..4096).step_by(BATCH as usize) {
        let numbers = || first..first + BATCH;
        let start =
            code.load(numbers().flat_map(|number| [READ | number << 20, RET, WRITE | number << 20, RET]));
        for (number, at) in numbers().zip((start..).step_by(16)) {
            try_one(&mut tally, number, at, random.next());
        }
    }
    tally
}

fn try_one(tally: &mut Tally, number: u32, code: u64, value: u64) {
    // SAFETY: reads a CSR into a1.
    let before = unsafe { probe::run(code, 0, 0, 0) };
    judge(tally, number, "read", before.is_err());
    let write = |value| {
        // SAFETY: `KEPT` leaves out what this code stands on; all else is restored below.
        unsafe { probe::run(code + 8, 0, value, 0) }
    };
    if let Ok(before) = before {
        judge(tally, number, "written", write(before).is_err());
    }
    if KEPT.iter().any(|(kept, _)| *kept == number) {
        return;
    }
    judge(tally, number, "written", write(value).is_err());
    if let Ok(before) = before {
        let _ = write(before);
        tally.contained(1);
    }
}

fn judge(tally: &mut Tally, number: u32, how: &str, trapped: bool) {
    tally.judge(trapped || !is_of_higher_mode(number), format_args!("CSR {number:#x} can be {how}"));
}
