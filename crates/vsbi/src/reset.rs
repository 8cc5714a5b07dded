//! The extension SRST (SBI 2.0, chapter "System Reset Extension"): the end of the zone.

use sbi_spec::srst;

use crate::call::{Call, Outcome};
use crate::reply::{Error, Reply};

/// How the zone ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// It powers off.
    Shutdown,
    /// It starts anew, as after power was cut.
    ColdReboot,
    /// It starts anew.
    WarmReboot,
}

/// Why the zone ends, by its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetReason {
    /// It gives none.
    None,
    /// Its system failed.
    SystemFailure,
}

/// Any function of SRST. Both parameters have 32 bits; values that are reserved, or that some vendor gives a meaning
/// of its own, are invalid.
pub(crate) fn system_reset(call: &Call) -> Outcome {
    let [kind, reason, ..] = call.arguments;
    if call.function != srst::SYSTEM_RESET as u64 {
        return Outcome::Return(Reply::error(Error::NotSupported));
    }
    match (reset(kind as u32), reset_reason(reason as u32)) {
        (Some(reset), Some(reason)) => Outcome::SystemReset(reset, reason),
        _ => Outcome::Return(Reply::error(Error::InvalidParam)),
    }
}

const fn reset(kind: u32) -> Option<Reset> {
    match kind {
        srst::RESET_TYPE_SHUTDOWN => Some(Reset::Shutdown),
        srst::RESET_TYPE_COLD_REBOOT => Some(Reset::ColdReboot),
        srst::RESET_TYPE_WARM_REBOOT => Some(Reset::WarmReboot),
        _ => None,
    }
}

const fn reset_reason(reason: u32) -> Option<ResetReason> {
    match reason {
        srst::RESET_REASON_NO_REASON => Some(ResetReason::None),
        srst::RESET_REASON_SYSTEM_FAILURE => Some(ResetReason::SystemFailure),
        _ => None,
    }
}
