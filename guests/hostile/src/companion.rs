//! The second vCPU: while the first runs through its categories, this one uses the interrupt
//! controller, the firmware and foreign memory at random, so that the hypervisor works for both at once.

use crate::arch::{ALL, FLASH, noise};
use crate::tally::Tally;
use common::machine;
use common::random::Random;
use common::{Options, calls, interrupts, timer};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

const VCPU: u64 = 1;
/// Time between two attempts, in fractions of a second: the first vCPU is not to be slowed down much.
const RATE: u64 = 10_000;
/// Seconds until it is given up.
const PATIENCE: u64 = 5;

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
    while options.vcpus > 1 && !calls::is_off(VCPU) {
        if timer::now() > deadline {
            tally.escape(format_args!("vCPU {VCPU} is lost"));
            break;
        }
    }
    tally.contained(ATTEMPTS.load(Relaxed));
    for _ in 0..ESCAPES.load(Relaxed) {
        tally.escape(format_args!("foreign memory at {FLASH:#x}"));
    }
    tally
}

fn run() {
    let mut random = Random::new(SEED.load(Relaxed));
    interrupts::initialise();
    while !STOP.load(Relaxed) {
        one(&mut random);
        let next = timer::now() + timer::frequency() / RATE;
        while timer::now() < next {
            core::hint::spin_loop();
        }
    }
}

fn one(random: &mut Random) {
    if random.below(4) > 0 {
        noise(random);
    } else {
        let access = &ALL[random.below(ALL.len() as u64) as usize];
        let outcome = access.run(FLASH + random.below(1 << 20) * 8, random.next());
        if !access.is_contained(&outcome) {
            ESCAPES.fetch_add(1, Relaxed);
            return;
        }
    }
    ATTEMPTS.fetch_add(1, Relaxed);
}
