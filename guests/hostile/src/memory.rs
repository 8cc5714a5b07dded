//! Memory that the zone does not own: other zones' RAM, the hypervisor, the bundle, devices, holes.

use crate::accesses::{self, Access, Direction};
use crate::arch::{ALL, NEIGHBOURHOODS, SPACE};
use crate::tally::Tally;
use common::machine::BOARD_RAM;
use common::random::Random;
use common::{Options, probe};

const PAGE: u64 = 4 << 10;
const BLOCK: u64 = 2 << 20;
const GIB: u64 = 1 << 30;
/// Below this every 2 MiB is also written; above it only every 1 GiB.
const DENSE: u64 = 16 * GIB;
/// Random accesses.
const RANDOM: u64 = 20_000;
/// How far from the start of the board's RAM random accesses go.
const BOARD_RAM_REACH: u64 = 4 * GIB;

/// Whether the zone owns nothing at `address`.
pub(crate) fn is_foreign(options: &Options<'_>, address: u64) -> bool {
    !options.owns(address) && !options.devices().any(|device| device.contains(address))
}

/// A random foreign address near the board's RAM or anywhere.
pub(crate) fn random_foreign(options: &Options<'_>, random: &mut Random) -> u64 {
    loop {
        let address = match random.below(2) {
            0 => BOARD_RAM + random.below(BOARD_RAM_REACH),
            _ => random.below(SPACE),
        };
        if is_foreign(options, address) && is_foreign(options, address + 64) {
            return address;
        }
    }
}

/// The places that matter most: around the zone's own RAM, and the hypervisor's image.
pub(crate) fn notable(options: &Options<'_>) -> impl Iterator<Item = u64> {
    let end = options.ram_start + options.ram_size;
    [options.ram_start - PAGE, end, end + BLOCK, BOARD_RAM, BOARD_RAM + BLOCK, BOARD_RAM + BLOCK + 0x1008]
        .into_iter()
        .filter(|address| is_foreign(options, *address))
}

/// A word of the zone's own RAM that nothing uses: in the middle, far from the image and the device tree.
pub(crate) fn unused(options: &Options<'_>) -> u64 {
    options.ram_start + options.ram_size / 2
}

/// What is written to the zone's own RAM can be read there.
pub(crate) fn control(options: &Options<'_>, tally: &mut Tally) {
    const VALUE: u64 = 0x0123_4567_89ab_cdef;
    let address = unused(options);
    let written = accesses::store().run(address, VALUE);
    let read = accesses::load().run(address, 0);
    tally.control(read == Ok(VALUE), format_args!("{address:#x}: {written:x?}, then {read:x?}"));
}

/// Reads and writes.
pub(crate) fn everywhere(options: &Options<'_>, random: &mut Random) -> Tally {
    let mut tally = Tally::new("memory");
    control(options, &mut tally);
    for address in (0..SPACE).step_by(BLOCK as usize).filter(|address| is_foreign(options, *address)) {
        attempt(&mut tally, accesses::load(), address, 0);
        if address < DENSE || address.is_multiple_of(GIB) {
            attempt(&mut tally, accesses::store(), address, !0);
        }
    }
    for (start, size) in NEIGHBOURHOODS {
        let pages = (*start..start + size).step_by(PAGE as usize);
        for address in pages.filter(|address| is_foreign(options, *address)) {
            // A device may answer to one width alone.
            for access in accesses::plain() {
                attempt(&mut tally, access, address, !0);
            }
        }
    }
    for address in notable(options) {
        for access in ALL {
            attempt(&mut tally, access, address, random.next());
        }
    }
    for _ in 0..RANDOM {
        let access = &ALL[random.below(ALL.len() as u64) as usize];
        let address = random_foreign(options, random);
        attempt(&mut tally, access, address, random.next());
    }
    across_borders(options, &mut tally);
    tally
}

/// Accesses of which the first bytes are the zone's own RAM and the last are not.
fn across_borders(options: &Options<'_>, tally: &mut Tally) {
    let end = options.ram_start + options.ram_size;
    if !is_foreign(options, end) {
        return;
    }
    // Loads only: the last bytes of RAM may be in use.
    let loads = ALL.iter().filter(|access| access.direction == Direction::Load && access.can_be_misaligned());
    for access in loads {
        for inside in 1..access.width {
            attempt(tally, access, end - inside, 0);
        }
    }
}

fn attempt(tally: &mut Tally, access: &Access, address: u64, value: u64) {
    let outcome = access.run(address, value);
    tally.judge(access.is_contained(&outcome), format_args!("{} at {address:#x}", access.name));
}

/// Jumps to what could not be read either.
pub(crate) fn execution(options: &Options<'_>, random: &mut Random) -> Tally {
    let mut tally = Tally::new("execution");
    for address in notable(options) {
        jump(&mut tally, address);
    }
    for _ in 0..RANDOM / 10 {
        jump(&mut tally, random_foreign(options, random) & !3);
    }
    tally
}

fn jump(tally: &mut Tally, address: u64) {
    // Code that can be read could be anything: it is not run, and `everywhere` has counted it.
    if accesses::load().run(address & !7, 0).is_err() {
        // SAFETY: the fetch faults as the load did, or returns by some RET: nothing here depends on more.
        let contained = unsafe { probe::run(address, 0, 0, 0) }.is_err();
        tally.judge(contained, format_args!("jump to {address:#x}"));
    }
}
