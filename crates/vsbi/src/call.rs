//! Calls, and what is to be done about them.

use addr::{GuestPhys, Range};
use ids::VcpuSet;
use sbi_spec::{base, dbcn, hsm, rfnc, spi, srst, time};

use crate::base::Identity;
use crate::console::console;
use crate::fence::Fence;
use crate::harts::HartCall;
use crate::legacy::{self, MaskedCall};
use crate::reply::{Error, Reply};
use crate::reset::{Reset, ResetReason, system_reset};
use crate::vcpus::named_by;

/// The registers of an ECALL from VS-mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// a7: the extension's id.
    pub extension: u64,
    /// a6: the function's id within the extension. Legacy calls have none.
    pub function: u64,
    /// a0 to a5.
    pub arguments: [u64; 6],
}

/// What the hypervisor does about a call. Where there is a `reply`, the caller gets it when the rest is done, and
/// goes on after its ECALL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing but the reply.
    Return(Reply),
    /// The caller's timer interrupt is cleared, and raised when `time` has reached the deadline.
    SetTimer {
        /// In ticks of the caller's `time`.
        deadline: u64,
        /// Then.
        reply: Reply,
    },
    /// Every one of the vCPUs gets a supervisor software interrupt. Stopped ones may be left out.
    SendIpi {
        /// To whom.
        vcpus: VcpuSet,
        /// Then.
        reply: Reply,
    },
    /// The caller's own supervisor software interrupt is cleared. It gets [`Reply::legacy`] of 1 if that was
    /// pending, else of 0.
    ClearIpi,
    /// Every one of the vCPUs executes the fence before it executes anything else, and before the reply. Stopped
    /// ones may be left out, if a start begins with such a fence.
    Fence {
        /// What they execute.
        fence: Fence,
        /// Which of them; the caller may be one.
        vcpus: VcpuSet,
        /// Then.
        reply: Reply,
    },
    /// [`Harts::call`](crate::Harts::call) decides.
    Hart(HartCall),
    /// The zone ends.
    SystemReset(Reset, ResetReason),
    /// The bytes of the range go to the console, as many as there is room for: the caller gets [`Reply::value`] of
    /// their number. Where the range is not RAM of the zone throughout, nothing goes, and the caller gets
    /// [`Error::InvalidParam`].
    ConsoleWrite(Range<GuestPhys>),
    /// Bytes typed for the zone go to the range, as many as wait and fit; the rest as with
    /// [`Outcome::ConsoleWrite`].
    ConsoleRead(Range<GuestPhys>),
    /// The byte goes to the console. The caller waits for room: with none, it repeats its ECALL.
    ConsoleWriteByte {
        /// What.
        byte: u8,
        /// Then.
        reply: Reply,
    },
    /// The next byte typed for the zone is taken; the caller gets it by [`Reply::legacy_byte`].
    ConsoleReadByte,
    /// The word at [`MaskedCall::address`] is read as the guest reads it, and given to [`Sbi::finish`].
    ReadMask(MaskedCall),
}

/// The firmware of one zone, as far as it never changes.
#[derive(Clone, Copy, Debug)]
pub struct Sbi {
    pub(crate) vcpus: VcpuSet,
    pub(crate) identity: Identity,
}

impl Sbi {
    /// For a zone of `vcpus` vCPUs, of which it can have [`MAX_VCPUS`](crate::MAX_VCPUS) at most.
    pub const fn new(vcpus: usize, identity: Identity) -> Self {
        Self { vcpus: VcpuSet::first(vcpus), identity }
    }

    /// What is to be done about the call of any vCPU of the zone.
    #[inline]
    pub fn call(&self, call: &Call) -> Outcome {
        // First, and inlined: it must cost no more than the trap itself.
        if call.extension == base::EID_BASE as u64 {
            return Outcome::Return(self.base(call.function, call.arguments[0]));
        }
        self.other(call)
    }

    /// Any call but BASE's.
    fn other(&self, call: &Call) -> Outcome {
        let not_supported = Outcome::Return(Reply::error(Error::NotSupported));
        match call.extension as usize {
            spi::EID_SPI if call.function == spi::SEND_IPI as u64 => self.send_ipi(call),
            rfnc::EID_RFNC => self.remote_fence(call),
            time::EID_TIME if call.function == time::SET_TIMER as u64 => {
                Outcome::SetTimer { deadline: call.arguments[0], reply: Reply::SUCCESS }
            }
            hsm::EID_HSM => HartCall::decode(call).map_or(not_supported, Outcome::Hart),
            dbcn::EID_DBCN => console(call),
            srst::EID_SRST => system_reset(call),
            _ if call.extension < legacy::FIRST_STANDARD => self.legacy(call),
            _ => not_supported,
        }
    }

    /// sbi_send_ipi (SBI 2.0, chapter "IPI Extension").
    fn send_ipi(&self, call: &Call) -> Outcome {
        let [mask, base, ..] = call.arguments;
        match self.harts(mask, base) {
            Ok(vcpus) => Outcome::SendIpi { vcpus, reply: Reply::SUCCESS },
            Err(error) => Outcome::Return(Reply::error(error)),
        }
    }

    /// The vCPUs that a hart mask names.
    pub(crate) fn harts(&self, mask: u64, base: u64) -> Result<VcpuSet, Error> {
        named_by(self.vcpus, mask, base).ok_or(Error::InvalidParam)
    }
}
