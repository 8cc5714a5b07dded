//! Interrupts that come too often: they are held back for a while, which their zone's owner is told of on the console.

use flood::{Allowance, BURST, Verdict, WINDOW};

use crate::channel::End;
use crate::zone::Zone;
use crate::{arch, console};

/// Whether the interrupt `number` of a zone, which has come as often as it may, is held back. If so, this CPU releases it
/// when the alarm is due that is set here.
pub fn is_held_back(zone: &Zone, number: u32, allowance: &Allowance) -> bool {
    // Who is rung masks a doorbell while it has enough to do: to hold it back would hold up a fast channel.
    if zone.channels().iter().filter_map(End::line).any(|line| line.physical == Some(number)) {
        allowance.reset(BURST);
        return false;
    }
    let Verdict::Hold { again } = allowance.renew(milliseconds()) else { return false };
    if !again {
        console::log(format_args!("zone {}: interrupt {number} floods: held back", zone.name()));
    }
    arch::set_alarm(u64::from(WINDOW));
    true
}

/// What [`Allowance`] counts time in.
pub fn milliseconds() -> u32 {
    console::milliseconds() as u32
}
