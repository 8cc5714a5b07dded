//! The other hart: it sleeps until it is asked what its interrupt file holds.

use super::interrupt_file::{self, WORDS};
use common::{calls, interrupts, timer};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Supervisor software interrupt: how it is woken.
const WAKE: u32 = 1;

/// Its number: hart 0 plays.
pub(super) const NUMBER: u64 = 1;

static ASKED: AtomicBool = AtomicBool::new(false);
static ANSWER: [AtomicU64; WORDS] = [const { AtomicU64::new(0) }; WORDS];

/// Answers until the machine or the zone is powered off.
pub(super) fn serve() {
    interrupts::enable(WAKE);
    loop {
        // The interrupt ends the sleep while it is masked, so that none is taken too early to do so.
        while !ASKED.load(Ordering::Acquire) {
            timer::wait_for_interrupt();
            interrupts::unmask();
            interrupts::mask();
        }
        for (word, slot) in interrupt_file::take().into_iter().zip(&ANSWER) {
            slot.store(word, Ordering::Relaxed);
        }
        ASKED.store(false, Ordering::Release);
    }
}

/// The other hart's [`interrupt_file::take`].
pub(super) fn take() -> [u64; WORDS] {
    ASKED.store(true, Ordering::Release);
    calls::send_ipi(NUMBER);
    while ASKED.load(Ordering::Acquire) {
        core::hint::spin_loop();
    }
    core::array::from_fn(|index| ANSWER[index].load(Ordering::Relaxed))
}
