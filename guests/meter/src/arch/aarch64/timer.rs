//! The virtual timer.

use super::gic::{Gic, TIMER};
use super::handlers::Handler;
use super::interrupts::{Taken, take};
use super::report::Report;
use common::timer;

/// From setting the timer to its deadline, so long that the vCPU only waits when it comes.
const AHEAD: u64 = 20_000;

/// From the deadline.
pub(super) fn measure(gic: Gic, report: &mut Report<'_>) {
    gic.enable_private(TIMER);
    report.measure("timer_to_handler", || wait(gic).map(|(deadline, taken)| taken.at_handler - deadline));
    report.measure("timer_to_end", || wait(gic).map(|(deadline, taken)| taken.ended - deadline));
}

/// Waits by WFI, interrupts being masked.
pub(super) fn let_pass(gic: Gic, milliseconds: u64) {
    if milliseconds == 0 {
        return;
    }
    gic.enable_private(TIMER);
    let end = timer::now() + milliseconds * timer::frequency() / 1000;
    timer::set(end);
    while timer::now() < end {
        timer::wait_for_interrupt();
    }
    timer::stop();
    // What stays pending would disturb every measure.
    gic.take_pending();
}

/// Waits without end.
pub(super) fn wait_for_ever() -> ! {
    loop {
        timer::wait_for_interrupt();
    }
}

fn wait(gic: Gic) -> Option<(u64, Taken)> {
    let deadline = timer::now() + AHEAD;
    let taken = take!(
        gic,
        Handler::Timer,
        "msr cntv_cval_el0, {deadline}; msr cntv_ctl_el0, {one}; isb",
        deadline = in(reg) deadline,
        one = in(reg) 1u64,
    );
    Some((deadline, taken?))
}
