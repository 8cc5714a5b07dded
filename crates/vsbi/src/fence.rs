//! The extension RFENCE (SBI 2.0, chapter "RFENCE Extension"): fences on other harts.

use ids::VcpuSet;
use sbi_spec::rfnc;

use crate::call::{Call, Outcome, Sbi};
use crate::reply::{Convention, Error};

/// Bytes in the unit of [`Span::Pages`].
pub const PAGE_SIZE: u64 = 4096;
/// Pages that a [`Span::Pages`] has at most.
pub const MAX_PAGES: u64 = 64;
/// A size that means every address.
const EVERYTHING: u64 = u64::MAX;

/// A fence that a vCPU is to execute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fence {
    /// FENCE.I.
    Instructions,
    /// SFENCE.VMA over the span, for one address space or, with `None`, for all.
    Translations(Span, Option<u16>),
}

/// Guest-virtual addresses that a fence covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// All of them. A fence may always cover more than was asked for, so that every long span becomes this one.
    Everything,
    /// `count` pages, [`MAX_PAGES`] at most, of [`PAGE_SIZE`] bytes from the address `first`, a multiple of it.
    Pages {
        /// Where the first page starts.
        first: u64,
        /// The number of pages; 0 where the guest gave an empty range.
        count: u64,
    },
}

impl Span {
    /// The span of `size` bytes from `start`.
    ///
    /// # Errors
    /// [`Error::InvalidAddress`]: it goes on after the last address there is.
    pub(crate) const fn new(start: u64, size: u64) -> Result<Self, Error> {
        if size == EVERYTHING || (start == 0 && size == 0) {
            return Ok(Self::Everything);
        }
        // The end may be 2^64 but not lie after it: guests map their kernels up to the last byte.
        if start.checked_add(size.saturating_sub(1)).is_none() {
            return Err(Error::InvalidAddress);
        }
        let first = start & !PAGE_SIZE.wrapping_sub(1);
        let bytes = (start % PAGE_SIZE).saturating_add(size);
        let count = if size == 0 { 0 } else { bytes.div_ceil(PAGE_SIZE) };
        Ok(if count > MAX_PAGES { Self::Everything } else { Self::Pages { first, count } })
    }
}

impl Sbi {
    /// Any function of RFENCE. Those for guests of a guest are not supported: its harts have no H extension.
    pub(crate) fn remote_fence(&self, call: &Call) -> Outcome {
        let [mask, base, start, size, asid, _] = call.arguments;
        let fence = match call.function as usize {
            rfnc::REMOTE_FENCE_I => Ok(Fence::Instructions),
            rfnc::REMOTE_SFENCE_VMA => sfence(start, size, None),
            rfnc::REMOTE_SFENCE_VMA_ASID => sfence(start, size, Some(asid)),
            _ => Err(Error::NotSupported),
        };
        fence_on(self.harts(mask, base), fence, Convention::Standard)
    }
}

/// SFENCE.VMA. An ASID has 16 bits; what stands above is ignored, as by the instruction (privileged ISA,
/// "Supervisor Memory-Management Fence Instruction").
pub(crate) fn sfence(start: u64, size: u64, asid: Option<u64>) -> Result<Fence, Error> {
    Ok(Fence::Translations(Span::new(start, size)?, asid.map(|asid| asid as u16)))
}

/// A fence on vCPUs, if both are valid.
pub(crate) fn fence_on(
    vcpus: Result<VcpuSet, Error>,
    fence: Result<Fence, Error>,
    convention: Convention,
) -> Outcome {
    match (fence, vcpus) {
        (Ok(fence), Ok(vcpus)) => Outcome::Fence { fence, vcpus, reply: convention.success() },
        (Err(error), _) | (_, Err(error)) => Outcome::Return(convention.error(error)),
    }
}
