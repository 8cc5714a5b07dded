//! The legacy extensions (SBI 2.0, chapter "Legacy Extensions"): one extension for each function, a0 alone as result,
//! and hart masks in the guest's memory.

use ids::VcpuSet;
use sbi_spec::legacy;

use crate::call::{Call, Outcome, Sbi};
use crate::fence::{Fence, fence_on, sfence};
use crate::reply::{Convention, Error, Reply};
use crate::reset::{Reset, ResetReason};

/// Extensions below this one are legacy.
pub(crate) const FIRST_STANDARD: u64 = sbi_spec::base::EID_BASE as u64;

/// A call whose hart mask is still to be read from the guest's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaskedCall {
    address: u64,
    operation: Operation,
}

/// What is to be done on the harts of a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    SendIpi,
    Fence(Fence),
}

impl MaskedCall {
    /// The guest-virtual address of the mask, a word of 64 bits that the guest must be able to read. Where it is
    /// not, the guest gets the fault, with sepc at its ECALL. One word is enough for
    /// [`MAX_VCPUS`](crate::MAX_VCPUS) harts.
    pub const fn address(&self) -> u64 {
        self.address
    }
}

impl Sbi {
    /// Any legacy call.
    pub(crate) fn legacy(&self, call: &Call) -> Outcome {
        let [first, start, size, asid, ..] = call.arguments;
        let (operation, address) = match call.extension as usize {
            legacy::LEGACY_SET_TIMER => {
                return Outcome::SetTimer { deadline: first, reply: Convention::Legacy.success() };
            }
            legacy::LEGACY_CONSOLE_PUTCHAR => {
                return Outcome::ConsoleWriteByte { byte: first as u8, reply: Convention::Legacy.success() };
            }
            legacy::LEGACY_CONSOLE_GETCHAR => return Outcome::ConsoleReadByte,
            legacy::LEGACY_CLEAR_IPI => return Outcome::ClearIpi,
            legacy::LEGACY_SHUTDOWN => return Outcome::SystemReset(Reset::Shutdown, ResetReason::None),
            legacy::LEGACY_SEND_IPI => (Ok(Operation::SendIpi), first),
            legacy::LEGACY_REMOTE_FENCE_I => (Ok(Operation::Fence(Fence::Instructions)), first),
            legacy::LEGACY_REMOTE_SFENCE_VMA => (sfence(start, size, None).map(Operation::Fence), first),
            legacy::LEGACY_REMOTE_SFENCE_VMA_ASID => {
                (sfence(start, size, Some(asid)).map(Operation::Fence), first)
            }
            _ => (Err(Error::NotSupported), 0),
        };
        match operation {
            Err(error) => Outcome::Return(Convention::Legacy.error(error)),
            // No mask at all means every hart, as in every implementation since the first.
            Ok(operation) if address == 0 => perform(operation, Ok(self.vcpus)),
            Ok(operation) => Outcome::ReadMask(MaskedCall { address, operation }),
        }
    }

    /// Goes on with a call whose hart mask, the word at [`MaskedCall::address`], is `mask`.
    pub fn finish(&self, call: MaskedCall, mask: u64) -> Outcome {
        perform(call.operation, self.harts(mask, 0))
    }
}

fn perform(operation: Operation, vcpus: Result<VcpuSet, Error>) -> Outcome {
    match (operation, vcpus) {
        (Operation::Fence(fence), vcpus) => fence_on(vcpus, Ok(fence), Convention::Legacy),
        (Operation::SendIpi, Ok(vcpus)) => Outcome::SendIpi { vcpus, reply: Reply::legacy(0) },
        (Operation::SendIpi, Err(error)) => Outcome::Return(Convention::Legacy.error(error)),
    }
}
