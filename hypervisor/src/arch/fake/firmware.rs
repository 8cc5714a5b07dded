//! Firmware that notes what it is asked.

use super::{Effect, journal};

/// Marks a machine that was powered off: tests catch it.
#[derive(Debug)]
pub struct PoweredOff;

/// Ends the test's thread: the machine is off.
pub fn power_off() -> ! {
    journal().note(Effect::PowerOff);
    std::panic::panic_any(PoweredOff)
}
