//! The zone's PLIC (RISC-V PLIC specification 1.0).

use super::ALL;
use crate::accesses::{self, Direction};
use crate::tally::Tally;
use common::Options;
use common::machine::PLIC;
use common::random::Random;

/// What the device tree calls a PLIC.
pub(super) const KIND: &str = "sifive,plic-1.0.0";

/// Enable bits and registers of the contexts: where they begin, and bytes of each.
const ENABLES: u64 = 0x2000;
const ENABLES_SIZE: u64 = 0x80;
const CONTEXTS: u64 = 0x20_0000;
const CONTEXT_SIZE: u64 = 0x1000;
/// Contexts that are looked at.
const LAST_CONTEXT: u64 = 512;
/// Offsets that are tried byte by byte with all plain widths: priorities, pending bits, and the first enable bits.
const DENSE: core::ops::Range<u64> = 0..0x2400;
/// Accesses of every kind at random offsets.
const RANDOM: u64 = 20_000;

/// Loads and stores all over the frame.
pub(super) fn every_register(options: &Options<'_>, random: &mut Random) -> Tally {
    let mut tally = Tally::new("plic");
    for offset in DENSE {
        for access in accesses::plain() {
            let _ = access.run(PLIC + offset, random.next());
            tally.contained(1);
        }
    }
    for context in 0..LAST_CONTEXT {
        let enables = (0..ENABLES_SIZE).step_by(4).map(|offset| ENABLES + context * ENABLES_SIZE + offset);
        // Threshold, then claim and complete.
        let registers = [0, 4].map(|offset| CONTEXTS + context * CONTEXT_SIZE + offset);
        for offset in enables.chain(registers) {
            for access in accesses::plain() {
                let outcome = access.run(PLIC + offset, !0);
                // Each vCPU has one context. One that answered with more than zero would be another zone's; a store
                // that is ignored shows in the loads.
                let own = context < options.vcpus as u64;
                let silent = matches!(outcome, Err(_) | Ok(0)) || access.direction == Direction::Store;
                tally.judge(
                    own || silent,
                    format_args!("{} at offset {offset:#x}: {outcome:x?}", access.name),
                );
            }
        }
    }
    let size = options.device(KIND).map_or(0, |device| device.size);
    for _ in 0..RANDOM {
        let access = &ALL[random.below(ALL.len() as u64) as usize];
        let _ = access.run(PLIC + random.below(size), random.next());
        tally.contained(1);
    }
    tally
}
