//! The frames of the zone's own GIC, and the places where other redistributors are.

use super::ALL;
use crate::accesses::{self, Access, Direction};
use crate::tally::Tally;
use common::machine::{
    CPU_INTERFACE, CPU_INTERFACE_SIZE, DISTRIBUTOR, DISTRIBUTOR_SIZE, GICV2_DISTRIBUTOR_SIZE,
    REDISTRIBUTOR_SIZE, REDISTRIBUTORS, UART,
};
use common::random::Random;
use common::{Options, interrupts};

/// Offsets, from the frame's start, where most registers lie: tried byte by byte with all plain widths.
const DISTRIBUTOR_DENSE: &[(u64, u64)] = &[(0, 0x1000), (0x6000, 0x800), (0xffc0, 0x40)];
const REDISTRIBUTOR_DENSE: &[(u64, u64)] =
    &[(0, 0x120), (0xffc0, 0x40), (0x1_0000, 0x480), (0x1_0c00, 0x120), (0x1_ffc0, 0x40)];
/// Of a GICv2 all registers of the distributor; of the CPU interface those that do something, and GICC_DIR.
const GICV2_DISTRIBUTOR_DENSE: &[(u64, u64)] = &[(0, 0x1000)];
const CPU_INTERFACE_DENSE: &[(u64, u64)] = &[(0, 0x110), (0xff0, 0x20)];
/// Accesses of every kind at random offsets, for each frame.
const RANDOM: u64 = 20_000;
/// Registers of a redistributor that would show another vCPU's or CPU's state: TYPER, WAKER, and in the SGI
/// frame ISENABLER0, ISPENDR0, IPRIORITYR0, ICFGR0.
const TELLING: &[u64] = &[0x0, 0x8, 0x14, 0x1_0100, 0x1_0200, 0x1_0400, 0x1_0c00];

/// Loads and stores all over the frames.
pub(crate) fn every_register(options: &Options<'_>, random: &mut Random) -> Tally {
    let mut tally = Tally::new("gic");
    if interrupts::is_gicv2() {
        frame(&mut tally, random, DISTRIBUTOR, GICV2_DISTRIBUTOR_SIZE, GICV2_DISTRIBUTOR_DENSE);
        frame(&mut tally, random, CPU_INTERFACE, CPU_INTERFACE_SIZE, CPU_INTERFACE_DENSE);
    } else {
        frame(&mut tally, random, DISTRIBUTOR, DISTRIBUTOR_SIZE, DISTRIBUTOR_DENSE);
        for vcpu in 0..options.vcpus as u64 {
            let base = REDISTRIBUTORS + vcpu * REDISTRIBUTOR_SIZE;
            frame(&mut tally, random, base, REDISTRIBUTOR_SIZE, REDISTRIBUTOR_DENSE);
        }
        foreign_redistributors(options, &mut tally);
    }
    // Leave something that works to the categories that follow.
    interrupts::initialise();
    tally
}

fn frame(tally: &mut Tally, random: &mut Random, base: u64, size: u64, dense: &[(u64, u64)]) {
    for offset in (0..size).step_by(4) {
        for access in [&accesses::plain()[2], &accesses::plain()[6]] {
            touch(tally, access, base + offset, random.next());
        }
    }
    for (start, length) in dense {
        for offset in *start..start + length {
            for access in accesses::plain() {
                touch(tally, access, base + offset, random.next());
            }
        }
    }
    for _ in 0..RANDOM {
        let access = &ALL[random.below(ALL.len() as u64) as usize];
        touch(tally, access, base + random.below(size), random.next());
    }
}

/// An access to what the zone owns: any outcome is defined, as long as the zone goes on.
fn touch(tally: &mut Tally, access: &Access, address: u64, value: u64) {
    let _ = access.run(address, value);
    tally.contained(1);
}

/// Every redistributor between the zone's last and the next device.
fn foreign_redistributors(options: &Options<'_>, tally: &mut Tally) {
    let first = REDISTRIBUTORS + options.vcpus as u64 * REDISTRIBUTOR_SIZE;
    for base in (first..UART).step_by(REDISTRIBUTOR_SIZE as usize) {
        for register in TELLING {
            for access in accesses::plain() {
                let address = base + register;
                let outcome = access.run(address, !0);
                let contained = match (access.direction, outcome) {
                    (_, Err(_)) | (Direction::Load, Ok(0)) => true,
                    // A store that is ignored shows in the loads.
                    (direction, Ok(_)) => direction == Direction::Store,
                };
                tally.judge(contained, format_args!("{} at {address:#x}: {outcome:x?}", access.name));
            }
        }
    }
}
