//! What a step of the script does: most often something that means something.

use common::random::Random;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// Make an interrupt pending.
    Pend,
    /// Send an SGI.
    Send,
    /// Acknowledge on a CPU.
    Acknowledge,
    /// End what was acknowledged last on a CPU.
    End,
    /// Deactivate what was ended before.
    Deactivate,
    /// Clear the pending state of an interrupt.
    Unpend,
    /// Enable or disable an interrupt.
    Enable,
    /// Set or clear the active state of an interrupt.
    Activate,
    /// Give an interrupt another priority.
    Prioritise,
    /// Put an interrupt into the other group.
    Regroup,
    /// Route an SPI elsewhere.
    Route,
    /// Choose edge or level.
    Configure,
    /// Enable or disable groups in the distributor.
    Control,
    /// Mask priorities on a CPU.
    Mask,
    /// Change the binary points of a CPU, and whether it has one for both groups.
    Split,
    /// Change the EOI mode of a CPU.
    EndMode,
    /// Disable a group on a CPU for a moment.
    Silence,
    /// Take the active priorities of a CPU away for a moment.
    Park,
    /// Turn the wire of a timer around.
    Wire,
    /// Write a register of interrupts that are not enabled.
    WriteOthers,
    /// Read any register.
    ReadAny,
}

/// All of them with their weights.
const WEIGHTS: [(Choice, u64); 21] = [
    (Choice::Pend, 20),
    (Choice::Send, 6),
    (Choice::Acknowledge, 30),
    (Choice::End, 18),
    (Choice::Deactivate, 6),
    (Choice::Unpend, 3),
    (Choice::Enable, 5),
    (Choice::Activate, 3),
    (Choice::Prioritise, 4),
    (Choice::Regroup, 2),
    (Choice::Route, 4),
    (Choice::Configure, 2),
    (Choice::Control, 2),
    (Choice::Mask, 2),
    (Choice::Split, 1),
    (Choice::EndMode, 1),
    (Choice::Silence, 2),
    (Choice::Park, 1),
    (Choice::Wire, 6),
    (Choice::WriteOthers, 3),
    (Choice::ReadAny, 3),
];

impl Choice {
    /// The next one.
    pub(super) fn next(random: &mut Random) -> Self {
        let mut left = random.below(WEIGHTS.iter().map(|(_, weight)| weight).sum());
        for (choice, weight) in WEIGHTS {
            match left.checked_sub(weight) {
                None => return choice,
                Some(rest) => left = rest,
            }
        }
        Self::ReadAny
    }
}
