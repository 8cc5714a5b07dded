//! The zone's own stage 1 turned against the outside: tables in foreign memory, where the walker must not
//! read either, and output addresses higher than stage 2 or the machine has.

use crate::memory::{notable, random_foreign};
use crate::{accesses, tally::Tally};
use common::Options;
use common::random::Random;
use common::translation;

/// Random places for a table, and random outputs.
const RANDOM: u64 = 500;
/// Outputs lie from here up to 48 bits: most machines have fewer bits, and stage 2 may have as few as 40.
const HIGH: u64 = 1 << 40;
const GIB: u64 = 1 << 30;

/// DFSC values of faults that follow from a descriptor's contents: address size, translation, access flag and
/// permission. One of them means that a foreign word was read as a descriptor.
const READ_AS_DESCRIPTOR: core::ops::Range<u64> = 0x00..0x10;

/// One load each through a table in foreign memory.
pub(crate) fn through_foreign_tables(options: &Options<'_>, random: &mut Random) -> Tally {
    let mut tally = Tally::new("walks");
    for table in notable(options) {
        attempt(&mut tally, table);
    }
    for _ in 0..RANDOM {
        attempt(&mut tally, random_foreign(options, random));
    }
    tally
}

/// Loads and stores at intermediate physical addresses of more than 40 bits.
pub(crate) fn to_high_addresses(random: &mut Random) -> Tally {
    let mut tally = Tally::new("high addresses");
    let powers = (40..48).map(|bit| 1 << bit);
    for output in powers.chain((0..RANDOM).map(|_| HIGH + random.below((1 << 48) - HIGH))) {
        let address = translation::to_block(output & !(GIB - 1));
        for access in [accesses::LOAD, accesses::STORE] {
            let contained = access.run(address, !0).is_err();
            tally.judge(contained, format_args!("{} at {output:#x}", access.name));
        }
        translation::restore();
    }
    tally
}

fn attempt(tally: &mut Tally, table: u64) {
    let table = table & !0xfff;
    let probe = translation::through_table(table);
    let outcome = accesses::LOAD.run(probe, 0);
    translation::restore();
    match outcome {
        Err(fault) if !READ_AS_DESCRIPTOR.contains(&(fault.esr & 0x3f)) => tally.contained(1),
        outcome => tally.escape(format_args!("table at {table:#x}: {outcome:x?}")),
    }
}
