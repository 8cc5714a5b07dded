//! WFI, WFE and their forms with a time-out, while interrupts are masked: each must end.

use crate::tally::Tally;
use common::probe::{self, CodeBuffer, RET};
use common::{interrupts, timer};

const SEVL: u32 = 0xd503_20bf;
const WFE: u32 = 0xd503_205f;
const WFI: u32 = 0xd503_207f;
/// With x0 as the deadline; UNDEFINED without FEAT_WFxT.
const WFET: u32 = 0xd503_1000;
const WFIT: u32 = 0xd503_1020;

/// Each form a few times, with the timer as what ends it.
pub(crate) fn all(code: &mut CodeBuffer) -> Tally {
    let mut tally = Tally::new("waits");
    interrupts::enable(timer::INTERRUPT);
    let start = code.load([SEVL, WFE, RET, WFI, RET, WFET, RET, WFIT, RET]);
    for _ in 0..10 {
        for offset in [0, 12, 20, 28] {
            let deadline = timer::now() + timer::frequency() / 2000;
            timer::set(deadline);
            // SAFETY: waits.
            let _ = unsafe { probe::run(start + offset, deadline, 0, 0) };
            timer::stop();
            tally.contained(1);
        }
    }
    tally
}
