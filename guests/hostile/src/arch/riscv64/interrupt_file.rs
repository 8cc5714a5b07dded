//! The vCPU's own interrupt file by its indirect registers (AIA 1.0, 2.1 and 3.8): every number that siselect can
//! take in its first 4096, and random ones. What is behind them is the vCPU's; numbers that belong to the
//! hypervisor, such as priorities of the hart's major interrupts, must not be there. Whether they are shows the
//! hypervisor's own state, so that here it counts that the zone goes on.

use crate::tally::Tally;
use common::probe::{self, CodeBuffer, RET};
use common::random::Random;

/// Numbers in a row, and random ones.
const IN_A_ROW: u64 = 0x1000;
const RANDOM: u64 = 4_000;

/// `csrw siselect, a0`, `csrrw a1, sireg, a1` and for its siblings sireg2 to sireg6.
const SELECT: u32 = 0x1505_1073;
const REGISTERS: [u32; 6] = [0x1515_95f3, 0x1525_95f3, 0x1535_95f3, 0x1555_95f3, 0x1565_95f3, 0x1575_95f3];
/// `csrrw a1, stopei, a1`.
const CLAIM: u32 = 0x15c5_95f3;
/// eidelivery: nothing that is pending is to interrupt what follows.
const DELIVERY: u64 = 0x70;

/// Exchanges each with a random value.
pub(super) fn every_register(code: &mut CodeBuffer, random: &mut Random) -> Tally {
    let mut tally = Tally::new("interrupt file");
    let start = code.load(REGISTERS.into_iter().chain([CLAIM]).flat_map(|access| [SELECT, access, RET]));
    let entries = (start..).step_by(12).take(REGISTERS.len() + 1);
    let mut exchange = |number: u64, value: u64| {
        for code in entries.clone() {
            // SAFETY: changes a1, and the vCPU's own interrupts, which are masked.
            let _ = unsafe { probe::run(code, number, value, 0) };
            tally.contained(1);
        }
    };
    for number in 0..IN_A_ROW {
        exchange(number, random.next());
    }
    for _ in 0..RANDOM {
        exchange(random.next(), random.next());
    }
    exchange(DELIVERY, 0);
    tally
}
