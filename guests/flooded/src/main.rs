//! A zone whose device floods it: for 40 ms the alarm of a real-time clock is set and taken back as fast as
//! that goes, each time an interrupt. Then it prints `flooded: taken=N ms=40` with how often the handler ran. After that
//! ten more are set and served one by one: `flooded: over served=10`. Then once more all of it. On arm64 the clock is a
//! PL031, on riscv64 a goldfish RTC at a PLIC.
#![no_std]
#![no_main]

#[cfg_attr(target_arch = "aarch64", path = "pl031.rs")]
#[cfg_attr(target_arch = "riscv64", path = "goldfish.rs")]
mod clock;

use clock::Clock;
use common::{Options, guest, interrupts, println, timer};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

guest!(run, interrupt);

/// How long the flood lasts, and until it is over: parts of a second.
const WATCH: u64 = 25;
const REST: u64 = 25;
/// Alarms one by one.
const ALARMS: u64 = 10;

/// How often the handler has run, and whether it takes the interrupt back.
static TAKEN: AtomicU64 = AtomicU64::new(0);
static SERVES: AtomicBool = AtomicBool::new(false);

fn run(options: &Options<'_>) {
    let Some(clock) = Clock::find(options) else {
        return println!("flooded: the clock, or its interrupt controller, is missing");
    };
    clock.quiet();
    interrupts::initialise();
    clock.enable();
    interrupts::unmask();
    for _ in 0..2 {
        flood(&clock);
        serve(&clock);
    }
}

fn flood(clock: &Clock) {
    SERVES.store(false, SeqCst);
    TAKEN.store(0, SeqCst);
    let start = timer::now();
    while timer::now() - start < timer::frequency() / WATCH {
        clock.clear();
        clock.raise();
    }
    let taken = TAKEN.load(SeqCst);
    clock.clear();
    println!("flooded: taken={taken} ms={}", 1000 / WATCH);
    // One that is held back comes late.
    spin(timer::frequency() / REST);
}

fn serve(clock: &Clock) {
    SERVES.store(true, SeqCst);
    TAKEN.store(0, SeqCst);
    for served in 1..=ALARMS {
        clock.raise();
        while TAKEN.load(SeqCst) < served {
            core::hint::spin_loop();
        }
    }
    println!("flooded: over served={}", TAKEN.load(SeqCst));
}

fn spin(ticks: u64) {
    let start = timer::now();
    while timer::now() - start < ticks {
        core::hint::spin_loop();
    }
}

fn interrupt(number: u32) {
    Clock::interrupted(number, |clock| {
        if SERVES.load(SeqCst) {
            clock.clear();
        }
        TAKEN.fetch_add(1, SeqCst);
    });
}
