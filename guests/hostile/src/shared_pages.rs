//! The pages in which devices of the zone lie with what is not the zone's: every byte in every plain width, and all
//! along by every instruction that reaches memory.

use crate::accesses::{self, Access, Direction};
use crate::arch::ALL;
use crate::tally::Tally;
use common::Options;
use common::options::Device;

const PAGE: u64 = 4 << 10;
/// Bytes from one place of all instructions to the next.
const SPARSE: u64 = 16;

/// Every page of which the zone has a part; nothing is tried in a zone without.
pub(crate) fn every_byte(options: &Options<'_>) -> Tally {
    let mut tally = Tally::new("pages");
    for device in options.devices().filter(|device| !device.size.is_multiple_of(PAGE)) {
        let page = device.start & !(PAGE - 1);
        let word = &accesses::plain()[2];
        let read = word.run(device.start, 0);
        tally.control(read.is_ok(), format_args!("{} at {:#x}: {read:x?}", device.kind, device.start));
        for address in page..page + PAGE {
            for access in accesses::plain() {
                attempt(&mut tally, options, access, address);
            }
            if address.is_multiple_of(SPARSE) {
                ALL.iter().for_each(|access| attempt(&mut tally, options, access, address));
            }
        }
    }
    tally
}

/// An access is the zone's to make where all of its bytes are a device's.
fn attempt(tally: &mut Tally, options: &Options<'_>, access: &Access, address: u64) {
    let place = access.place(address);
    let holds = |device: &Device<'_>| device.contains(place) && device.contains(place + access.width - 1);
    let is_own = options.devices().any(holds);
    // What is written to the zone's own device is its own affair: it has no more to say of the neighbours.
    if is_own && access.direction != Direction::Load {
        return;
    }
    let outcome = access.run(address, !0);
    let is_contained = is_own || access.is_contained(&outcome);
    tally.judge(is_contained, format_args!("{} at {place:#x}: {outcome:x?}", access.name));
}
