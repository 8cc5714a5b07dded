//! The machine as a whole: which zones there are, and when it is done.

use core::sync::atomic::{AtomicBool, Ordering};

use crate::once::Once;
use crate::zone::Zone;
use crate::zone::lifecycle::{Phase, Reason};
use crate::{arch, console};

static ZONES: Once<&'static [Zone]> = Once::new();
static ENDED: AtomicBool = AtomicBool::new(false);

/// Makes the zones known, once, before any of them starts.
pub fn set_zones(zones: &'static [Zone]) {
    ZONES.set(zones);
}

/// All zones, in the order of zones.toml.
pub fn zones() -> &'static [Zone] {
    ZONES.get().copied().unwrap_or_default()
}

/// A zone has stopped for good. Powers the machine off when it was the last.
pub fn zone_stopped() {
    let mut off = 0usize;
    let mut failed = 0usize;
    for zone in zones() {
        match zone.lifecycle().phase() {
            Phase::Stopped(Reason::Failure) => failed = failed.saturating_add(1),
            Phase::Stopped(_) => off = off.saturating_add(1),
            _ => return,
        }
    }
    // Two zones may stop at the same moment: one of them speaks for both.
    if !ENDED.swap(true, Ordering::AcqRel) {
        // This is the last line: what guests have written comes before it.
        console::flush();
        console::log(format_args!("all zones have stopped: {off} powered off, {failed} failed"));
        power_off();
    }
}

/// Writes out what the consoles still hold and powers the machine off.
pub fn power_off() -> ! {
    console::flush();
    arch::firmware::power_off()
}

/// Boot cannot go on: says why and powers the machine off. No zone has run.
pub fn refuse(reason: core::fmt::Arguments<'_>) -> ! {
    console::log(format_args!("refused: {reason}"));
    power_off()
}
