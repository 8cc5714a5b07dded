//! The UART's input: an NS16550A.

use common::machine::UART;

/// Receiver buffer, interrupt enable and line status registers.
const RBR: u64 = UART;
const IER: u64 = UART + 1;
const LSR: u64 = UART + 5;
/// IER: received data available. LSR: data ready.
const RECEIVED: u8 = 1;
const READY: u8 = 1;

/// Lets received bytes interrupt.
pub(super) fn enable_input() {
    // SAFETY: a register of this zone's own UART.
    unsafe { (IER as *mut u8).write_volatile(RECEIVED) };
}

/// The next byte that was received.
pub(super) fn take() -> Option<u8> {
    // SAFETY: a register of this zone's own UART.
    let status = unsafe { (LSR as *const u8).read_volatile() };
    // SAFETY: as above.
    (status & READY != 0).then(|| unsafe { (RBR as *const u8).read_volatile() })
}
