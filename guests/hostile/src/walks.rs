//! The zone's own stage 1 turned against the outside: tables in foreign memory, where the walker must not
//! read either, and output addresses higher than stage 2 or the machine has.

use crate::memory::{notable, random_foreign};
use crate::{accesses, arch::SPACE, tally::Tally};
use common::Options;
use common::random::Random;
use common::translation;

/// Random places for a table, and random outputs.
const RANDOM: u64 = 500;
const GIB: u64 = 1 << 30;

/// One load each through a table in foreign memory.
pub(crate) fn through_foreign_tables(options: &Options<'_>, random: &mut Random) -> Tally {
    let mut tally = Tally::new("walks");
    for table in notable(options) {
        attempt(&mut tally, table);
    }
    for _ in 0..RANDOM {
        attempt(&mut tally, random_foreign(options, random));
    }
    for device in options.devices() {
        // What it reads there is the zone's own: it only has to go on.
        let _ = accesses::load().run(translation::through_table(device.start & !0xfff), 0);
        translation::restore();
        tally.contained(1);
    }
    tally
}

/// Loads and stores at intermediate physical addresses above [`SPACE`]: most machines have fewer bits than a table
/// entry, and stage 2 may have as few as 40.
pub(crate) fn to_high_addresses(random: &mut Random) -> Tally {
    let mut tally = Tally::new("high addresses");
    let end = 1 << translation::OUTPUT_BITS;
    let powers = (SPACE.trailing_zeros()..translation::OUTPUT_BITS).map(|bit| 1 << bit);
    for output in powers.chain((0..RANDOM).map(|_| SPACE + random.below(end - SPACE))) {
        let address = translation::to_block(output & !(GIB - 1));
        for access in [accesses::load(), accesses::store()] {
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
    let outcome = accesses::load().run(probe, 0);
    translation::restore();
    match outcome {
        Err(fault) if !fault.is_of_table_contents() => tally.contained(1),
        outcome => tally.escape(format_args!("table at {table:#x}: {outcome:x?}")),
    }
}
