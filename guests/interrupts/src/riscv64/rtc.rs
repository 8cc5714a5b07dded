//! The goldfish RTC: its alarm, set to a time in the past, raises its line at once.

use super::controller;
use common::mmio::store;

/// Registers.
const ALARM_LOW: u64 = 0x08;
const ALARM_HIGH: u64 = 0x0c;
const IRQ_ENABLED: u64 = 0x10;
const CLEAR_ALARM: u64 = 0x14;
const CLEAR_INTERRUPT: u64 = 0x1c;

/// Its state at power-on, but for the time.
pub(super) fn quiet() {
    for (register, value) in [(IRQ_ENABLED, 0), (CLEAR_ALARM, 1), (CLEAR_INTERRUPT, 1)] {
        store(controller::rtc() + register, value);
    }
}

/// Raises the line.
pub(super) fn alarm() {
    for (register, value) in [(IRQ_ENABLED, 1), (ALARM_HIGH, 0), (ALARM_LOW, 1)] {
        store(controller::rtc() + register, value);
    }
}

/// Lowers it.
pub(super) fn clear() {
    store(controller::rtc() + CLEAR_INTERRUPT, 1);
}
