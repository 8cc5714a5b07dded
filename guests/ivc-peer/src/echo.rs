//! `do=echo`: rings back who rings, with one more than the word that came, until the word is [`QUIT`] or [`RESET`]. Its
//! output section begins with its generation.

use common::{calls, interrupts, println};
use ivc::OwnSection;
use ivc::registers::{IPI_INVOKE, MAX_PEERS, RANG};

use crate::channel::Channel;
use crate::doorbell;

/// The word that ends the zone.
pub(crate) const QUIT: u32 = u32::MAX;
/// The word that has the zone start anew.
pub(crate) const RESET: u32 = u32::MAX - 1;

/// Never returns but for [`QUIT`].
pub(crate) fn run(channel: &Channel) {
    let own = channel.own();
    channel.output(own).store(0, channel.generation(own));
    let mut doorbells = 0u64;
    loop {
        let mut rang = 0;
        doorbell::wait_until(|| {
            rang = channel.read(RANG);
            rang != 0
        });
        for peer in (0..MAX_PEERS).filter(|peer| rang >> peer & 1 != 0) {
            doorbells += 1;
            match channel.payload(peer) {
                QUIT => return println!("ivc: echoed={doorbells}"),
                RESET => {
                    // A doorbell is on its way then, and not served: what comes after must cope.
                    interrupts::mask();
                    channel.write(IPI_INVOKE, own);
                    calls::reset()
                }
                word => channel.ring_with(peer, word + 1),
            }
        }
    }
}
