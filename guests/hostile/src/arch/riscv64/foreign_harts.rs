//! SBI on harts outside the zone, and starts outside its memory. A zone's hart ids are 0 to n - 1: every other one
//! must be an error, and so must a place that is not the zone's RAM. To be called while its other vCPUs are off.

use super::sbi::{Function, HSM, HartSbi, RFENCE, SPI};
use crate::memory::{notable, random_foreign};
use crate::tally::Tally;
use common::probe::CodeBuffer;
use common::random::Random;
use common::{Options, machine};

const HART_START: Function = Function { extension: HSM, number: 0 };
const HART_GET_STATUS: Function = Function { extension: HSM, number: 2 };
const HART_SUSPEND: Function = Function { extension: HSM, number: 3 };
const SEND_IPI: Function = Function { extension: SPI, number: 0 };
/// remote_fence_i and the two sfence_vma, then the four hfence, which a zone has no use for.
const FENCES: core::ops::Range<u64> = 0..3;
const GUEST_FENCES: core::ops::Range<u64> = 3..7;
/// send_ipi and the three remote fences among the legacy calls: their hart mask lies in memory.
const LEGACY_MASKED: core::ops::Range<u64> = 4..8;
/// The default type of suspend after which the hart goes on elsewhere.
const NON_RETENTIVE: u64 = 0x8000_0000;
/// Suspend types, of 32 bits, that are reserved or a platform's own.
const NO_SUSPEND: [u64; 4] = [1, 0x0fff_ffff, 0x8000_0001, 0xffff_ffff];
/// Hart ids that are tried one by one, and others of which a half is one of the zone's.
const HARTS: u64 = 0x1000;
const FAR: [u64; 6] = [0x1_0000, 0xffff_ffff, 1 << 32, 1 << 32 | 1, 1 << 63, !0];

/// Every foreign hart by every call that names harts.
pub(super) fn all(options: &Options<'_>, code: &mut CodeBuffer, random: &mut Random) -> Tally {
    let mut tally = Tally::new("harts");
    let mut sbi = HartSbi::new(code);
    let vcpus = options.vcpus as u64;
    for hart in (vcpus..HARTS).chain(FAR) {
        // Where it escapes, the hart stops again.
        let start = [hart, machine::secondary_entry(), nothing as *const () as u64, 0, 0, 0];
        sbi.refuse(&mut tally, HART_START, start, random.next());
        sbi.refuse(&mut tally, HART_GET_STATUS, [hart, 0, 0, 0, 0, 0], random.next());
    }
    starts_in_foreign_memory(&mut tally, &mut sbi, options, random);
    // A mask of one bit, and the same hart by its base; base -1 alone means every hart, of the zone.
    let single = (vcpus..64).map(|hart| (1 << hart, 0));
    let based = (vcpus..HARTS).chain(FAR).filter(|base| *base != !0).map(|base| (1, base));
    let mixed = [(!0, 0), (!0, vcpus - 1), (!0 << vcpus, 0), (0b11, vcpus - 1)];
    for (mask, base) in single.chain(based).chain(mixed) {
        sbi.refuse(&mut tally, SEND_IPI, [mask, base, 0, 0, 0, 0], random.next());
        for number in FENCES {
            let function = Function { extension: RFENCE, number };
            sbi.refuse(&mut tally, function, [mask, base, 0, 0x1000, 0, 0], random.next());
        }
    }
    // Its own may all be named, those that are off too: it has to end.
    for number in FENCES {
        let function = Function { extension: RFENCE, number };
        let reply = sbi.call(function, [(1 << vcpus) - 1, 0, 0, 0x1000, 0, 0], random.next());
        let succeeds = reply.is_some_and(|reply| reply.error == 0 && reply.preserved);
        tally.control(succeeds, format_args!("{function:x?} on its own harts: {reply:x?}"));
    }
    for number in GUEST_FENCES {
        let function = Function { extension: RFENCE, number };
        sbi.refuse(&mut tally, function, [1, 0, 0, 0x1000, 0, 0], random.next());
    }
    legacy(&mut tally, &mut sbi, options, random);
    tally
}

fn nothing() {}

fn starts_in_foreign_memory(
    tally: &mut Tally,
    sbi: &mut HartSbi,
    options: &Options<'_>,
    random: &mut Random,
) {
    // The one that runs cannot be started.
    sbi.refuse(tally, HART_START, [0, machine::secondary_entry(), 0, 0, 0, 0], random.next());
    for _ in 0..100 {
        let anywhere = random_foreign(options, random) & !1;
        for entry in notable(options).chain([anywhere, random.next() | 1 << 63]) {
            for own in 1..options.vcpus as u64 {
                sbi.refuse(tally, HART_START, [own, entry, 0, 0, 0, 0], random.next());
            }
        }
    }
}

/// Suspends after which the caller would go on outside its memory, and such as do not exist. Where one is not
/// refused the zone ends here: this has to come last.
pub(super) fn suspends(options: &Options<'_>, code: &mut CodeBuffer, random: &mut Random) -> Tally {
    let mut tally = Tally::new("suspends");
    let mut sbi = HartSbi::new(code);
    for _ in 0..100 {
        let anywhere = random_foreign(options, random) & !1;
        for entry in notable(options).chain([anywhere, random.next() | 1 << 63]) {
            sbi.refuse(&mut tally, HART_SUSPEND, [NON_RETENTIVE, entry, 0, 0, 0, 0], random.next());
        }
    }
    for kind in NO_SUSPEND {
        sbi.refuse(&mut tally, HART_SUSPEND, [kind, machine::secondary_entry(), 0, 0, 0, 0], random.next());
    }
    tally
}

/// Masks that name foreign harts, and masks in foreign memory, which the firmware must not read either.
fn legacy(tally: &mut Tally, sbi: &mut HartSbi, options: &Options<'_>, random: &mut Random) {
    for extension in LEGACY_MASKED {
        let function = Function { extension, number: 0 };
        for hart in options.vcpus as u64..64 {
            let mask = 1u64 << hart;
            let address = &raw const mask as u64;
            core::hint::black_box(&mask);
            sbi.refuse(tally, function, [address, 0, 0x1000, 0, 0, 0], random.next());
        }
        for address in notable(options).chain([random_foreign(options, random), 1 << 63]) {
            sbi.refuse(tally, function, [address, 0, 0x1000, 0, 0, 0], random.next());
        }
    }
}
