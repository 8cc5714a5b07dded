//! Who does what: hart 0 plays the script, whichever hart was started first; the other reads its interrupt file.

mod choice;
mod domain;
mod exclusions;
mod interrupt_file;
mod journal;
mod other_hart;
mod script;
mod wires;

use common::{Options, calls, machine, println};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use journal::Journal;
use script::Script;

/// Steps between two lines of the log.
const BATCH: u64 = 100;

static SEED: AtomicU64 = AtomicU64::new(0);
static SEEDS: AtomicU64 = AtomicU64::new(0);
static STEPS: AtomicU64 = AtomicU64::new(0);
static DUMP: AtomicBool = AtomicBool::new(false);
/// Bit n: source n is a physical one.
static OWNED: AtomicU64 = AtomicU64::new(0);

pub(crate) fn run(options: &Options<'_>) {
    if options.vcpus < 2 || !options.devices().any(|device| device.start == machine::APLIC) {
        println!("aplic-script: needs two vCPUs and an APLIC");
        return;
    }
    SEED.store(options.number("seed", 1), Relaxed);
    SEEDS.store(options.number("seeds", 1), Relaxed);
    STEPS.store(options.number("steps", 1000), Relaxed);
    DUMP.store(options.text("dump") == Some("yes"), Relaxed);
    let owned = options.text("owned").unwrap_or("").split(',').filter_map(|word| word.parse::<u32>().ok());
    OWNED.store(owned.fold(0, |mask, source| mask | 1u64.checked_shl(source).unwrap_or(0)), Relaxed);
    // Which hart is started first is firmware's choice.
    let (other, its_part, part): (u64, fn(), fn()) = match machine::vcpu() {
        0 => (other_hart::NUMBER, other_hart::serve, play),
        _ => (0, play, other_hart::serve),
    };
    match machine::start(other, its_part) {
        0 => part(),
        error => println!("aplic-script: hart {other} does not start: {error}"),
    }
}

fn play() {
    let first = SEED.load(Relaxed);
    for seed in first..first.saturating_add(SEEDS.load(Relaxed)) {
        play_seed(seed);
    }
    calls::power_off()
}

fn play_seed(seed: u64) {
    let (steps, dump) = (STEPS.load(Relaxed), DUMP.load(Relaxed));
    // SAFETY: hart 0 alone plays, one seed after the other.
    let journal = unsafe { Journal::new() };
    let mut script = Script::new(seed, OWNED.load(Relaxed), journal);
    if seed == SEED.load(Relaxed) {
        // Nobody has touched the domain yet: this is its state after reset.
        script.read_frame();
    }
    script.reset();
    for step in 1..=steps {
        script.step(step);
        if step % BATCH == 0 || step == steps {
            script.end_batch();
            if step == steps {
                script.read_frame();
            }
            if dump && step == steps {
                script.journal().print(seed);
            }
            println!("aplic-script: seed={seed} step={step} hash={:016x}", script.journal().hash());
            script.forget();
        }
    }
    let (reads, messages) = script.journal().counts();
    println!("aplic-script: seed={seed} reads={reads} messages={messages}");
}
