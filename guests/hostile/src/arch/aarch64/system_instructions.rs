//! SYS and SYSL: cache maintenance by address and by set and way, TLB maintenance, address translation, and
//! every other encoding, implementation-defined ones included (DDI 0487, "System instruction class
//! encoding").

use crate::memory::notable;
use crate::tally::Tally;
use common::Options;
use common::probe::{self, CodeBuffer, RET};

/// `sys #0, c0, c0, #0, x0` and `sysl x1, #0, c0, c0, #0`.
const SYS: u32 = 0xd508_0000;
const SYSL: u32 = 0xd528_0001;
/// op1 = 4: of EL2; 6: of EL3.
const EL2: u32 = 4;
const EL3: u32 = 6;

/// Every encoding with the hypervisor's address, or the nearest foreign one, as its argument.
pub(crate) fn all(options: &Options<'_>, code: &mut CodeBuffer) -> Tally {
    let mut tally = Tally::new("instructions");
    let argument = notable(options).last().unwrap_or(0);
    for op1 in 0..8 {
        for crn in 0..16 {
            let encodings = || (0..128).map(move |crm_op2| op1 << 16 | crn << 12 | crm_op2 << 5);
            let start = code.load(encodings().flat_map(|bits| [SYS | bits, RET, SYSL | bits, RET]));
            for (bits, at) in encodings().zip((start..).step_by(16)) {
                for (name, code) in [("sys", at), ("sysl", at + 8)] {
                    // SAFETY: maintenance of caches and TLBs changes no memory that is ours; the address of
                    // DC ZVA is foreign.
                    let outcome = unsafe { probe::run(code, argument, 0, 0) };
                    // Only TLB maintenance and address translation exist there, all UNDEFINED at EL1.
                    let contained = outcome.is_err() || (op1 != EL2 && op1 != EL3);
                    tally.judge(contained, format_args!("{name} {bits:#x} of a higher exception level"));
                }
            }
        }
    }
    tally
}
