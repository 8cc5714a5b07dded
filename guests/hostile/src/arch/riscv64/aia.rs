//! The zone's APLIC, and the pages of its interrupt files (AIA 1.0, chapters 3 and 4).

use super::ALL;
use crate::accesses::{self, Access};
use crate::tally::Tally;
use common::Options;
use common::machine::{APLIC, APLIC_SIZE, FILE_SIZE, IMSIC};
use common::random::Random;

/// What the device tree calls an APLIC.
pub(super) const APLIC_KIND: &str = "riscv,aplic";

/// Accesses of every kind at random offsets.
const RANDOM: u64 = 20_000;
/// domaincfg.
const DOMAINCFG: u64 = APLIC;

/// Every offset in every plain width, then every kind of access. An APLIC knows the harts of its own zone alone,
/// and messages to any other lead nowhere: that none arrives is for the neighbours to show.
pub(super) fn aplic(random: &mut Random) -> Tally {
    let mut tally = Tally::new("aplic");
    frame(&mut tally, random, APLIC, APLIC_SIZE);
    // No source is to interrupt what follows.
    touch(&mut tally, &accesses::plain()[6], DOMAINCFG, 0);
    tally
}

/// The same for the zone's own interrupt files, where loads and stores reach the hardware. All others are foreign:
/// `memory` tries them.
pub(super) fn own_files(options: &Options<'_>, random: &mut Random) -> Tally {
    let mut tally = Tally::new("imsic");
    for vcpu in 0..options.vcpus as u64 {
        frame(&mut tally, random, IMSIC + vcpu * FILE_SIZE, FILE_SIZE);
    }
    tally
}

fn frame(tally: &mut Tally, random: &mut Random, start: u64, size: u64) {
    for offset in 0..size {
        for access in accesses::plain() {
            touch(tally, access, start + offset, random.next());
        }
    }
    for _ in 0..RANDOM {
        let access = &ALL[random.below(ALL.len() as u64) as usize];
        touch(tally, access, start + random.below(size), random.next());
    }
}

/// An access to what the zone owns: any outcome is defined, as long as the zone goes on.
fn touch(tally: &mut Tally, access: &Access, address: u64, value: u64) {
    let _ = access.run(address, value);
    tally.contained(1);
}
