//! The second vCPU: while the first runs through its categories, this one uses the GIC, SGIs, calls and
//! foreign memory at random, so that the hypervisor works for both at once.

use crate::accesses::{self, Direction};
use crate::tally::Tally;
use common::machine::{self, DISTRIBUTOR, DISTRIBUTOR_SIZE, REDISTRIBUTOR_SIZE, REDISTRIBUTORS};
use common::random::Random;
use common::{Options, calls, gic, timer};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

const VCPU: u64 = 1;
/// Where no zone's RAM is: the flash of the board.
const FOREIGN: u64 = 0;
/// Time between two attempts, in fractions of a second: the first vCPU is not to be slowed down much.
const RATE: u64 = 10_000;
/// Seconds until it is given up.
const PATIENCE: u64 = 5;
/// AFFINITY_INFO of a vCPU that is off.
const OFF: i64 = 1;

static STOP: AtomicBool = AtomicBool::new(false);
static SEED: AtomicU64 = AtomicU64::new(0);
static ATTEMPTS: AtomicU64 = AtomicU64::new(0);
static ESCAPES: AtomicU64 = AtomicU64::new(0);

/// Starts it, where the zone has a second vCPU.
pub(crate) fn start(options: &Options<'_>, seed: u64) {
    SEED.store(!seed, Relaxed);
    if options.vcpus > 1 {
        machine::start(VCPU, run);
    }
}

/// Stops it and waits until it is off.
pub(crate) fn stop(options: &Options<'_>) -> Tally {
    let mut tally = Tally::new("companion");
    STOP.store(true, Relaxed);
    let deadline = timer::now() + PATIENCE * timer::frequency();
    while options.vcpus > 1 && calls::affinity_info(VCPU) != OFF {
        if timer::now() > deadline {
            tally.escape(format_args!("vCPU {VCPU} is lost"));
            break;
        }
    }
    tally.contained(ATTEMPTS.load(Relaxed));
    for _ in 0..ESCAPES.load(Relaxed) {
        tally.escape(format_args!("foreign memory at {FOREIGN:#x}"));
    }
    tally
}

fn run() {
    let mut random = Random::new(SEED.load(Relaxed));
    gic::initialise();
    while !STOP.load(Relaxed) {
        one(&mut random);
        let next = timer::now() + timer::frequency() / RATE;
        while timer::now() < next {
            core::hint::spin_loop();
        }
    }
}

fn one(random: &mut Random) {
    let access = &accesses::ALL[random.below(accesses::ALL.len() as u64) as usize];
    let value = random.next();
    let outcome = match random.below(4) {
        0 => access.run(DISTRIBUTOR + random.below(DISTRIBUTOR_SIZE), value),
        1 => access.run(REDISTRIBUTORS + random.below(2 * REDISTRIBUTOR_SIZE), value),
        2 => {
            gic::send_sgi(value);
            Ok(0)
        }
        _ => {
            let outcome = access.run(FOREIGN + random.below(1 << 20) * 8, value);
            if outcome.is_ok() && access.direction != Direction::Neutral {
                ESCAPES.fetch_add(1, Relaxed);
                return;
            }
            outcome
        }
    };
    // Whatever it was, the vCPU goes on.
    let _ = outcome;
    ATTEMPTS.fetch_add(1, Relaxed);
}
