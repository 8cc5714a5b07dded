//! A zone that tries every reach it has, and counts: `hostile: attempts=N escapes=M` is its last line, after
//! one line for each category. An attempt is contained when it ends in an exception inside this zone, or in
//! the answer that the architecture defines for what the zone owns. Everything else is an escape, and the
//! first few of each category are printed.
//!
//! Options: `seed=N` for the random part (1), `mode=` one of `suicide::MODES` for a zone that ends by its
//! own hand instead, `rounds=N` for so many rounds of the pages that it shares alone. With a second vCPU, that one makes noise beside the first from beginning to end.
#![no_std]
#![no_main]

mod accesses;
mod arch;
mod companion;
mod memory;
mod shared_pages;
mod suicide;
mod tally;
mod uart_frame;
mod walks;

use common::probe::CodeBuffer;
use common::random::Random;
use common::{Options, guest, interrupts, println};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tally::Totals;

guest!(run, interrupt);

/// Interrupts that are put up with before they are shut out: whatever random writes have enabled cannot keep
/// the zone busy for ever.
const INTERRUPTS_TOLERATED: u64 = 10_000;
static INTERRUPTS: AtomicU64 = AtomicU64::new(0);

fn run(options: &Options<'_>) {
    let seed = options.number("seed", 1);
    println!(
        "hostile: seed={seed} vcpus={} ram={:#x}+{:#x}",
        options.vcpus, options.ram_start, options.ram_size
    );
    if let Some(mode) = options.text("mode") {
        return suicide::commit(mode);
    }
    if let Some(rounds) = options.text("rounds") {
        let mut totals = Totals::default();
        (0..rounds.parse().unwrap_or(1u64)).for_each(|_| totals.add(shared_pages::every_byte(options)));
        return println!("hostile: attempts={} escapes={}", totals.attempts, totals.escapes);
    }
    // SAFETY: the only one.
    let mut code = unsafe { CodeBuffer::new() };
    let mut random = Random::new(seed);
    let mut totals = Totals::default();
    interrupts::initialise();

    arch::in_silence(&mut totals, options, &mut code, &mut random);
    companion::start(options, seed);
    totals.add(memory::everywhere(options, &mut random));
    totals.add(memory::execution(options, &mut random));
    totals.add(walks::through_foreign_tables(options, &mut random));
    totals.add(walks::to_high_addresses(&mut random));
    totals.add(uart_frame::every_offset());
    totals.add(shared_pages::every_byte(options));
    arch::all(&mut totals, options, &mut code, &mut random);
    totals.add(companion::stop(options));
    println!("hostile: attempts={} escapes={}", totals.attempts, totals.escapes);
}

fn interrupt(_: u32) {
    if INTERRUPTS.fetch_add(1, Relaxed) > INTERRUPTS_TOLERATED {
        interrupts::refuse();
    }
}
