//! A clock for watching a zone's interrupts from inside: a 1 kHz timer interrupt on vCPU 0, and once
//! per second of virtual time the line `ticker: seconds=S ticks=T max_gap_us=G late_ns=L`. T counts the interrupts
//! taken since the start, G is the longest time between two of them in microseconds, and L how late one was at most in
//! this second, in nanoseconds, those apart that came while a line was printed. Options: `seconds=N`
//! (10), after which the zone powers itself off.
#![no_std]
#![no_main]

use common::{Options, guest, interrupts, println, timer};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

guest!(run, tick);

/// Interrupts per second.
const RATE: u64 = 1000;

static TICKS: AtomicU64 = AtomicU64::new(0);
static LAST: AtomicU64 = AtomicU64::new(0);
static MAX_GAP: AtomicU64 = AtomicU64::new(0);
/// Of this second.
static MAX_LATE: AtomicU64 = AtomicU64::new(0);
static DEADLINE: AtomicU64 = AtomicU64::new(0);

fn run(options: &Options<'_>) {
    let frequency = timer::frequency();
    let start = timer::now();
    LAST.store(start, Relaxed);
    interrupts::initialise();
    interrupts::enable(timer::INTERRUPT);
    set_deadline(start);
    interrupts::unmask();
    for second in 1..=options.number("seconds", 10) {
        while timer::now() < start + second * frequency {
            timer::wait_for_interrupt();
        }
        let max_gap_us = MAX_GAP.load(Relaxed) * 1_000_000 / frequency;
        let late_ns = MAX_LATE.load(Relaxed) * 1_000_000_000 / frequency;
        println!(
            "ticker: seconds={second} ticks={} max_gap_us={max_gap_us} late_ns={late_ns}",
            TICKS.load(Relaxed)
        );
        // While a line goes out, ticks wait for the exits that this takes.
        MAX_LATE.store(0, Relaxed);
    }
}

fn tick(number: u32) {
    if number != timer::INTERRUPT {
        return;
    }
    let now = timer::now();
    MAX_LATE.fetch_max(now.saturating_sub(DEADLINE.load(Relaxed)), Relaxed);
    MAX_GAP.fetch_max(now - LAST.swap(now, Relaxed), Relaxed);
    TICKS.fetch_add(1, Relaxed);
    set_deadline(now);
}

/// The next multiple of the period after `now`, so that a late interrupt does not move those after it.
fn set_deadline(now: u64) {
    let period = timer::frequency() / RATE;
    let previous = match DEADLINE.load(Relaxed) {
        0 => now,
        deadline => deadline,
    };
    let late = now.saturating_sub(previous) / period;
    let next = previous + (late + 1) * period;
    DEADLINE.store(next, Relaxed);
    timer::set(next);
}
