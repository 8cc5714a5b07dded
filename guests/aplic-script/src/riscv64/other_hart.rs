//! The other hart: it waits to be asked what its interrupt file holds.

use super::interrupt_file::{self, WORDS};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);
static ANSWER: [AtomicU64; WORDS] = [const { AtomicU64::new(0) }; WORDS];

/// Answers until the machine or the zone is powered off.
pub(super) fn serve() {
    loop {
        while !ASKED.load(Ordering::Acquire) {
            core::hint::spin_loop();
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
    while ASKED.load(Ordering::Acquire) {
        core::hint::spin_loop();
    }
    core::array::from_fn(|index| ANSWER[index].load(Ordering::Relaxed))
}
