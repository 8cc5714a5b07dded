//! Software-generated interrupts for everybody (IHI 0069, ICC_SGI1R_EL1 and its two siblings; IHI 0048, GICD_SGIR). That none of
//! them arrives outside the zone is for the neighbours to show; here it counts that the zone goes on.

use crate::tally::Tally;
use common::interrupts;
use common::probe::{self, CodeBuffer, RET};
use common::random::Random;

/// `msr ICC_SGI1R_EL1, x1` and for ICC_ASGI1R_EL1 and ICC_SGI0R_EL1.
const GENERATE: [u32; 3] = [0xd518_cba1, 0xd518_cbc1, 0xd518_cbe1];
/// ICC_SGI1R_EL1.IRM: all but this one.
const BROADCAST: u64 = 1 << 40;
/// Random register values for each of the three.
const RANDOM: u64 = 5_000;

/// Whatever the zone's GIC has to send them by.
pub(crate) fn to_everybody(code: &mut CodeBuffer, random: &mut Random) -> Tally {
    let mut tally = Tally::new("sgi");
    if interrupts::is_gicv2() {
        every_target(&mut tally, random);
    } else {
        every_affinity(&mut tally, code, random);
    }
    interrupts::initialise();
    tally
}

/// Every target list with every filter, as a secure and as a non-secure request, and random values.
fn every_target(tally: &mut Tally, random: &mut Random) {
    for intid in [0, 7, 15] {
        for filter_and_targets in 0..1 << 10 {
            for security in [0, 1 << 15] {
                interrupts::send_sgi(filter_and_targets << 16 | security | intid);
                tally.contained(1);
            }
        }
    }
    for _ in 0..RANDOM {
        interrupts::send_sgi(random.next());
        tally.contained(1);
    }
}

/// All of Aff1 with a full target list, every range selector, broadcast, and random values.
fn every_affinity(tally: &mut Tally, code: &mut CodeBuffer, random: &mut Random) {
    for instruction in GENERATE {
        let start = code.load([instruction, RET]);
        let mut send = |value: u64| {
            // SAFETY: changes no register and no memory.
            let _ = unsafe { probe::run(start, 0, value, 0) };
            tally.contained(1);
        };
        for intid in [0, 7, 15] {
            for aff1 in 0..256 {
                send(intid << 24 | aff1 << 16 | 0xffff);
            }
            for range in 0..16 {
                send(intid << 24 | range << 44 | 0xffff);
            }
            send(intid << 24 | BROADCAST);
        }
        for _ in 0..RANDOM {
            send(random.next());
        }
    }
}
