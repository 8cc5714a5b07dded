//! The interrupts that ring peers: lines of the board's controller that nothing else raises.

use std::collections::HashMap;
use std::ops::Range;

use super::Wanted;
use crate::devices::PlannedDevice;
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;
use crate::lines::Lines;

/// Takes the numbers that zones.toml gives, before any are chosen.
pub(crate) fn fixed(
    wanted: &mut [Wanted<'_>],
    devices: &[Vec<PlannedDevice>],
    facts: &Facts,
    lines: &mut Lines,
    diagnostics: &mut Vec<Diagnostic>,
) {
    // Where zones.toml gives numbers to zones.
    let mut places: HashMap<u32, Range<usize>> = HashMap::new();
    for device in devices.iter().flatten() {
        places.extend(device.interrupts.iter().map(|interrupt| (interrupt.physical, device.span.clone())));
    }
    for channel in wanted {
        for peer in &mut channel.peers {
            let Some(written) = peer.interrupt else { continue };
            let number = *written.get_ref();
            let whose = format!("zone {} in channel {}", peer.zone_name, channel.name);
            let (first, last) = Lines::possible(facts);
            if !(first..=last).contains(&number) {
                let message = format!("interrupt {number} of {whose} is out of range");
                let diagnostic = Diagnostic::error("channel-interrupt", message);
                let help = format!("use {first} to {last}, or leave it out");
                diagnostics.push(diagnostic.at(written.span(), "out of range").help(help));
            } else if let Some(user) = lines.user(number) {
                let message = format!("interrupt {number} of {whose} is that of {user}");
                let mut diagnostic = Diagnostic::error("interrupt-taken", message);
                if let Some(span) = places.get(&number) {
                    diagnostic = diagnostic.at(span.clone(), format!("has interrupt {number}"));
                }
                let help = "leave it out: the planner finds one that nobody has";
                diagnostics.push(diagnostic.at(written.span(), "taken").help(help));
            } else if let Some(device) = devices.get(peer.zone).and_then(|own| renumbered_to(number, own)) {
                let message = format!("interrupt {number} of {whose} is that of {} in the zone", device.path);
                let diagnostic = Diagnostic::error("interrupt-taken", message)
                    .at(device.span.clone(), format!("has interrupt {number} in the zone's device tree"));
                let help = "leave it out, or give the device another number in the zone's device tree";
                diagnostics.push(diagnostic.at(written.span(), "taken").help(help));
            } else {
                lines.take(number, whose);
                places.insert(number, written.span());
                peer.number = Some(number);
            }
        }
    }
}

/// The device whose interrupt the guest knows by this number.
fn renumbered_to(number: u32, devices: &[PlannedDevice]) -> Option<&PlannedDevice> {
    devices.iter().find(|device| device.interrupts.iter().any(|interrupt| interrupt.number == number))
}

/// Chooses those that are left.
pub(crate) fn choose(
    wanted: &mut [Wanted<'_>],
    facts: &Facts,
    lines: &mut Lines,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for channel in wanted {
        for peer in channel.peers.iter_mut().filter(|peer| peer.interrupt.is_none()) {
            let whose = format!("zone {} in channel {}", peer.zone_name, channel.name);
            peer.number = lines.take_any(facts, whose.as_str());
            if peer.number.is_none() {
                let message = format!("no interrupt of the board is left for {whose}");
                let diagnostic = Diagnostic::error("channel-interrupt", message);
                let help = "give it one that the board has and its device tree does not tell of, with \
                    `interrupt_num`, or let more zones share one channel";
                diagnostics.push(diagnostic.at(peer.span.clone(), "needs one").help(help));
            }
        }
    }
}
