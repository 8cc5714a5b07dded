//! The timer of Sstc.

use super::interrupts::{TIMER, take};
use super::report::Report;
use common::timer;

/// A deadline that has passed raises the interrupt at once; one that never comes takes it away.
pub(super) fn measure(count: u64, report: &mut Report) {
    timer::stop();
    let taken = take!(
        count,
        TIMER,
        trigger: "csrw 0x14d, zero",
        wait: "",
        acknowledge: "csrw 0x14d, {never}",
        never = in(reg) u64::MAX,
    );
    report.add("timer_to_handler", count, taken.to_handler);
    report.add("timer_round_trip", count, taken.round_trip);
}
