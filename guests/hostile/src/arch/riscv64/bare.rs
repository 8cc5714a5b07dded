//! Life without translation of one's own: with satp = 0 an address of 64 bits goes to the hypervisor's tables as it
//! is, of which they cover 41 or 50. What lies above must not be cut off.

use crate::memory::{control, notable, random_foreign, unused};
use crate::{accesses, tally::Tally};
use common::Options;
use common::random::Random;
use common::translation;

/// Random addresses, among the low ones and anywhere.
const RANDOM: u64 = 2_000;
/// The lowest bit that makes any address foreign: above what the tables of another depth would cover, and below.
const HIGH_BITS: core::ops::Range<u32> = 38..64;

/// Loads and stores at foreign addresses, and at own ones with a high bit more.
pub(super) fn every_address(options: &Options<'_>, random: &mut Random) -> Tally {
    let mut tally = Tally::new("untranslated");
    translation::without(|| {
        for address in notable(options) {
            attempt(&mut tally, address);
        }
        control(options, &mut tally);
        for own in options.devices().map(|device| device.start).chain([0, unused(options)]) {
            for bit in HIGH_BITS {
                attempt(&mut tally, own | 1 << bit);
                attempt(&mut tally, own | !0 << bit);
            }
        }
        for _ in 0..RANDOM {
            attempt(&mut tally, random_foreign(options, random));
            attempt(&mut tally, random.next() | 1 << HIGH_BITS.start);
        }
    });
    tally
}

fn attempt(tally: &mut Tally, address: u64) {
    for access in accesses::plain() {
        let outcome = access.run(address, !0);
        tally.judge(access.is_contained(&outcome), format_args!("{} at {address:#x}", access.name));
    }
}
