//! Who does what: vCPU 0 plays the script, vCPU 1 does in its own CPU interface what it is asked to.

mod bounds;
mod choice;
mod exclusions;
mod gic;
mod hand;
mod interface_steps;
mod journal;
mod memory_steps;
mod other_cpu;
mod pool;
mod results;
mod script;
mod sgis;
mod wires;

use common::{Options, machine, println};
use journal::Journal;
use results::Results;
use script::Script;

pub(crate) fn run(options: &Options<'_>) {
    if !options.devices().any(|device| device.start == machine::DISTRIBUTOR) {
        println!("gic-script: needs a GIC");
        return;
    }
    gic::find();
    let cpus = options.vcpus.min(2);
    if cpus == 2 {
        let error = machine::start(other_cpu::NUMBER as u64, other_cpu::serve);
        if error != 0 {
            println!("gic-script: vCPU {} does not start: {error}", other_cpu::NUMBER);
            return;
        }
    }
    let (steps, dump) = (options.number("steps", 300), options.text("dump") == Some("yes"));
    let first = options.number("seed", 1);
    // SAFETY: the only one; vCPU 0 alone plays.
    let mut journal = unsafe { Journal::new() };
    // SAFETY: as above.
    let mut results = unsafe { Results::new() };
    for seed in first..first.saturating_add(options.number("seeds", 1)) {
        journal.clear();
        // Every other seed plays on the first CPU alone: that is faster, and nobody else has an interest in its SPIs.
        let cpus_played = if seed % 2 == 0 { 1 } else { cpus };
        Script::new(seed, cpus, cpus_played, &mut journal).play(steps);
        if dump {
            journal.print(seed);
        }
        results.add(seed, &journal);
    }
    results.print();
}
