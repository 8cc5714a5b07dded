//! The interrupt of this peer: how often it came, and waiting for it.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

use common::{Options, interrupts, timer};

use crate::arch;

static NUMBER: AtomicU32 = AtomicU32::new(0);
static TAKEN: AtomicU64 = AtomicU64::new(0);

/// Lets the interrupt in. False where the device tree lacks the controller.
pub(crate) fn open(options: &Options<'_>, interrupt: u32) -> bool {
    NUMBER.store(interrupt, SeqCst);
    interrupts::initialise();
    let open = arch::open(options, interrupt);
    interrupts::unmask();
    open
}

/// The handler.
pub(crate) fn interrupt(number: u32) {
    arch::serve(number, |interrupt| {
        if interrupt == NUMBER.load(SeqCst) {
            TAKEN.fetch_add(1, SeqCst);
        }
    });
}

/// How often it came so far.
pub(crate) fn taken() -> u64 {
    TAKEN.load(SeqCst)
}

/// Waits without a gap between looking and waiting: WFI ends by what is pending, masked or not.
pub(crate) fn wait_until(mut met: impl FnMut() -> bool) {
    loop {
        interrupts::mask();
        if met() {
            return interrupts::unmask();
        }
        timer::wait_for_interrupt();
        interrupts::unmask();
    }
}

/// Whether `met` is within a second; it is asked all the time.
pub(crate) fn comes_true(mut met: impl FnMut() -> bool) -> bool {
    let end = timer::now() + timer::frequency();
    while timer::now() < end {
        if met() {
            return true;
        }
        core::hint::spin_loop();
    }
    false
}

/// Lets a tenth of a second pass, in which whatever is on the way arrives.
pub(crate) fn settle() {
    let end = timer::now() + timer::frequency() / 10;
    while timer::now() < end {
        core::hint::spin_loop();
    }
}
