//! MRS and MSR of every encoding with op0 2 and 3 (DDI 0487, "Instructions for accessing non-debug System
//! registers" and its siblings). Each must end in a value, be ignored, or be UNDEFINED at EL1.
//!
//! What is read is written with a random value and then restored; what cannot be read is written once.

use crate::tally::Tally;
use common::probe::{self, CodeBuffer, RET};
use common::random::Random;

/// `mrs x1, s2_0_c0_c0_0` and `msr s2_0_c0_c0_0, x1`.
const MRS: u32 = 0xd530_0001;
const MSR: u32 = 0xd510_0001;

/// A register's encoding: op0 2 or 3, op1, CRn, CRm, op2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Encoding(u32, u32, u32, u32, u32);

impl Encoding {
    fn bits(self) -> u32 {
        let Self(op0, op1, crn, crm, op2) = self;
        (op0 - 2) << 19 | op1 << 16 | crn << 12 | crm << 8 | op2 << 5
    }

    /// Registers of EL2 (op1 4), of EL3 (6), aliases that exist at EL2 only (5), and of the secure EL1 timer
    /// (7): none may answer at EL1.
    fn is_of_higher_level(self) -> bool {
        self.1 >= 4
    }
}

/// Registers that are not written, because the test itself would not survive a random value.
const KEPT: &[(Encoding, &str)] = &[
    (Encoding(3, 0, 1, 0, 0), "SCTLR_EL1: the MMU under this code"),
    (Encoding(3, 0, 1, 0, 3), "SCTLR2_EL1: the same"),
    (Encoding(3, 0, 2, 0, 0), "TTBR0_EL1: its tables"),
    (Encoding(3, 0, 2, 0, 2), "TCR_EL1: their format"),
    (Encoding(3, 0, 2, 0, 3), "TCR2_EL1: the same"),
    (Encoding(3, 0, 10, 2, 0), "MAIR_EL1: the type of the memory that this code lies in"),
    (Encoding(3, 0, 10, 2, 1), "MAIR2_EL1: the same"),
    (Encoding(3, 0, 10, 2, 2), "PIRE0_EL1: permissions"),
    (Encoding(3, 0, 10, 2, 3), "PIR_EL1: permissions of this code"),
    (Encoding(3, 0, 10, 2, 4), "POR_EL1: the same"),
    (Encoding(3, 0, 2, 5, 0), "GCSCR_EL1: would check the returns of this code"),
    (Encoding(3, 0, 4, 2, 0), "SPSel: the stack under the exception handler"),
    (Encoding(3, 0, 12, 0, 0), "VBAR_EL1: the exception handler (see mode=suicide)"),
];

/// Every encoding.
pub(crate) fn all(code: &mut CodeBuffer, random: &mut Random) -> Tally {
    let mut tally = Tally::new("registers");
    for (op0, op1, crn) in (2..4).flat_map(|a| (0..8).flat_map(move |b| (0..16).map(move |c| (a, b, c)))) {
        let encodings =
            || (0..16).flat_map(move |crm| (0..8).map(move |op2| Encoding(op0, op1, crn, crm, op2)));
        let start = code.load(encodings().flat_map(|e| [MRS | e.bits(), RET, MSR | e.bits(), RET]));
        for (encoding, at) in encodings().zip((start..).step_by(16)) {
            try_one(&mut tally, encoding, at, random.next());
        }
    }
    tally
}

fn try_one(tally: &mut Tally, encoding: Encoding, code: u64, value: u64) {
    // SAFETY: reads a system register into x1.
    let before = unsafe { probe::run(code, 0, 0, 0) };
    judge(tally, encoding, "read", before.is_err());
    if KEPT.iter().any(|(kept, _)| *kept == encoding) {
        return;
    }
    let write = |value| {
        // SAFETY: `KEPT` leaves out what this code stands on; all else is restored below.
        unsafe { probe::run(code + 8, 0, value, 0) }
    };
    judge(tally, encoding, "written", write(value).is_err());
    if let Ok(before) = before {
        let _ = write(before);
        tally.contained(1);
    }
}

fn judge(tally: &mut Tally, encoding: Encoding, how: &str, undefined: bool) {
    tally.judge(undefined || !encoding.is_of_higher_level(), format_args!("{encoding:?} can be {how}"));
}
