//! Every system test.

mod aplic;
mod boot;
mod clock_and_button;
mod console;
mod devices;
mod direct;
mod floods;
mod freertos;
mod gic;
mod interrupt_counts;
mod interrupts;
mod isolation;
mod ivc;
mod life_cycle;
mod linux_channels;
mod matched_devices;
mod network_devices;
mod refusal;
mod script_log;

use std::time::Duration;

use crate::Scenario;

/// How long a Linux guest may take from power-on to its first process. It takes 3 to 10 s; the rest is for
/// machines with other things to do.
const BOOT: Duration = Duration::from_secs(120);

/// How long something may take that a running guest does at once.
const SOON: Duration = Duration::from_secs(60);

/// All scenarios, in the order in which they run: the simplest first.
pub fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    all.extend(boot::scenarios());
    all.extend(life_cycle::scenarios());
    all.extend(console::scenarios());
    all.extend(interrupts::scenarios());
    all.extend(ivc::scenarios());
    all.extend(linux_channels::scenarios());
    all.extend(isolation::scenarios());
    all.extend(devices::scenarios());
    all.extend(floods::scenarios());
    all.extend(matched_devices::scenarios());
    all.extend(interrupt_counts::scenarios());
    all.extend(network_devices::scenarios());
    all.extend(clock_and_button::scenarios());
    all.extend(freertos::scenarios());
    all.extend(direct::scenarios());
    all.extend(refusal::scenarios());
    all.extend(aplic::scenarios());
    all.extend(gic::scenarios());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = all().iter().map(|scenario| scenario.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
