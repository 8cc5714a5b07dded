//! SRET to where nothing of the zone is: into foreign memory, to addresses that do not exist, into user mode, with
//! every state of the bits that it takes from sstatus. The zone's sstatus decides about its own modes only.

use crate::memory::{notable, random_foreign};
use crate::tally::Tally;
use common::probe::{self, CodeBuffer, RET};
use common::random::Random;
use common::{Options, interrupts, machine};

/// `csrw sepc, a0`, `csrs sstatus, a1`, `csrc sstatus, a2` and SRET.
const RETURN: [u32; 4] = [0x1415_1073, 0x1005_a073, 0x1006_3073, 0x1020_0073];
/// sstatus: SPIE, SPP, SUM, MXR; and what only a machine's or a hypervisor's status has there: MIE, MPIE, MPP, MPRV,
/// TVM, TW, TSR, and in the upper half SXL, GVA, MPV.
const BITS: [u64; 14] = [
    1 << 5,
    1 << 8,
    1 << 18,
    1 << 19,
    1 << 3,
    1 << 7,
    1 << 11,
    1 << 12,
    1 << 17,
    1 << 20,
    1 << 21,
    1 << 22,
    0b11 << 34,
    0b11 << 38,
];
/// sstatus.SIE and SPIE stay off at the end: see [`interrupts::mask`].
const RANDOM: u64 = 1_000;

/// Each target with SPP of both values and every other bit alone, then random ones.
pub(super) fn to_everywhere(options: &Options<'_>, code: &mut CodeBuffer, random: &mut Random) -> Tally {
    let mut tally = Tally::new("returns");
    let start = code.load(RETURN.into_iter().chain([RET]));
    let mut attempt = |target: u64, set: u64| {
        let clear = BITS.iter().sum::<u64>() & !set;
        // SAFETY: the target can be fetched in neither mode, and the handler comes back in supervisor mode.
        let outcome = unsafe { probe::run(start, target, set, clear) };
        tally.judge(outcome.is_err(), format_args!("sret to {target:#x} with {set:#x}"));
    };
    let strange = [1 << 38, 1 << 39, 1 << 63, !1, 0x2000_0000_0000_0000];
    for target in notable(options).chain(strange) {
        for bit in BITS {
            attempt(target, bit);
            attempt(target, bit | 1 << 8);
        }
    }
    // User mode may execute none of this guest's pages.
    attempt(machine::image_start(), 0);
    for _ in 0..RANDOM {
        let set = BITS.into_iter().filter(|_| random.below(2) == 1).sum();
        attempt(random_foreign(options, random) & !1, set);
    }
    interrupts::mask();
    tally
}
