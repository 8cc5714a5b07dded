//! `do=storm`: from second `from=` (3) on rings peer `peer=` (1) for `seconds=` (10) as fast as it can, by each register in
//! turn. The peer's own masks and words are of no interest to it.

use common::{Options, println, timer};
use ivc::registers::IPI_INVOKE;

use crate::channel::Channel;
use crate::echo::QUIT;

/// Doorbells between two looks at the clock.
const BATCH: u64 = 1000;

/// At the end the peer is told to quit.
pub(crate) fn run(options: &Options<'_>, channel: &Channel) {
    let peer = options.number("peer", 1) as u32;
    let second = timer::frequency();
    let start = timer::now() + options.number("from", 3) * second;
    let end = start + options.number("seconds", 10) * second;
    while timer::now() < start {
        core::hint::spin_loop();
    }
    println!("ivc: storm");
    let mut doorbells = 0u64;
    while timer::now() < end {
        for _ in 0..BATCH / 2 {
            channel.write(IPI_INVOKE, peer);
            channel.ring_with(peer, 1);
        }
        doorbells += BATCH;
    }
    println!("ivc: doorbells={doorbells}");
    channel.ring_with(peer, QUIT);
}
