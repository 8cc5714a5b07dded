//! Memory that the console extension (SBI 2.0, chapter "Debug Console Extension") is asked to print from or to read
//! into, by its physical address: it must be the zone's RAM from the first byte to the last.

use super::sbi::{DBCN, Function, HartSbi};
use crate::memory::{notable, random_foreign};
use crate::tally::Tally;
use common::Options;
use common::probe::CodeBuffer;
use common::random::Random;

const WRITE: Function = Function { extension: DBCN, number: 0 };
const READ: Function = Function { extension: DBCN, number: 1 };
/// Random foreign addresses.
const RANDOM: u64 = 2_000;

/// Foreign ranges, and ranges that begin in own memory and end elsewhere.
pub(super) fn all(options: &Options<'_>, code: &mut CodeBuffer, random: &mut Random) -> Tally {
    let mut tally = Tally::new("console memory");
    let mut sbi = HartSbi::new(code);
    let mut refuse = |size: u64, low: u64, high: u64| {
        for function in [WRITE, READ] {
            sbi.refuse(&mut tally, function, [size, low, high, 0, 0, 0], low ^ size);
        }
    };
    for address in notable(options) {
        for size in [1, 2, 8, 0x1000, 1 << 32, !0] {
            refuse(size, address, 0);
        }
    }
    for _ in 0..RANDOM {
        refuse(1 + random.below(1 << 20), random_foreign(options, random), 0);
    }
    let (start, end) = (options.ram_start, options.ram_start + options.ram_size);
    for size in [1, 2, 16, 0x1000] {
        refuse(size + 1, end - size, 0);
        refuse(size + 1, start - 1, 0);
    }
    for size in [options.ram_size + 1, 1 << 63, !0, !start, !start + 1, !start + 2] {
        refuse(size, start, 0);
    }
    for bit in 0..64 {
        refuse(1, start, 1 << bit);
    }
    tally
}
