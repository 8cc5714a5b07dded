//! WFI, PAUSE, the waits of Zawrs and SBI's retentive suspend, while interrupts are masked: each must end.

use super::sbi::{Function, HSM, HartSbi};
use crate::tally::Tally;
use common::probe::{self, CodeBuffer, RET};
use common::{interrupts, timer};

const WFI: u32 = 0x1050_0073;
const PAUSE: u32 = 0x0100_000f;
/// `lr.w zero, (a1)`, and waits for a store to what it reserved: with no end, and with a short time-out.
const RESERVE: u32 = 0x1005_a02f;
const WRS_NTO: u32 = 0x00d0_0073;
const WRS_STO: u32 = 0x01d0_0073;
/// hart_suspend, and the default retentive type.
const HART_SUSPEND: Function = Function { extension: HSM, number: 3 };
const RETENTIVE: u64 = 0;

/// Each a few times, with the timer as what ends it.
pub(super) fn all(code: &mut CodeBuffer) -> Tally {
    let mut tally = Tally::new("waits");
    interrupts::enable(timer::INTERRUPT);
    let word = 0u32;
    let reserved = &raw const word as u64;
    for round in 0..10 {
        let start = code.load([WFI, RET, PAUSE, RET, RESERVE, WRS_NTO, RET, RESERVE, WRS_STO, RET]);
        for offset in [0, 8, 16, 28] {
            timer::set(timer::now() + timer::frequency() / 2000);
            // SAFETY: waits.
            let _ = unsafe { probe::run(start + offset, 0, reserved, 0) };
            tally.contained(1);
        }
        let mut sbi = HartSbi::new(code);
        timer::set(timer::now() + timer::frequency() / 2000);
        let outcome = sbi.call(HART_SUSPEND, [RETENTIVE, 0, 0, 0, 0, 0], round);
        tally.judge(outcome.is_some_and(|reply| reply.preserved), format_args!("hart_suspend: {outcome:x?}"));
    }
    timer::stop();
    interrupts::refuse();
    tally
}
