//! Loads and stores of device registers: single instructions that no compiler merges, splits or reorders. Each
//! architecture names its instructions.

use addr::HypVirt;
use ids::Width;

/// Defines the load and the store of one width. In the instructions `value` and `address` are registers.
macro_rules! device_access {
    ($read:ident $write:ident $width:ty, $load:literal, $store:literal) => {
        /// Reads one device register.
        ///
        /// # Safety
        ///
        /// `address` must be a mapped device register of this width, aligned to it.
        #[inline(always)]
        pub unsafe fn $read(address: ::addr::HypVirt) -> $width {
            let value: u64;
            // SAFETY: the caller vouches for the address; a device load touches no Rust object.
            unsafe {
                core::arch::asm!($load, value = out(reg) value, address = in(reg) address.raw(), options(nostack, preserves_flags))
            };
            value as $width
        }

        /// Writes one device register.
        ///
        /// # Safety
        ///
        /// `address` must be a mapped device register of this width, aligned to it, whose effect the caller owns.
        #[inline(always)]
        pub unsafe fn $write(address: ::addr::HypVirt, value: $width) {
            // SAFETY: the caller vouches for the address and the effect.
            unsafe {
                core::arch::asm!($store, value = in(reg) u64::from(value), address = in(reg) address.raw(), options(nostack, preserves_flags))
            };
        }
    };
}

pub(crate) use device_access;

/// What became of an access to a register of a zone's device. The assembly of the architectures knows this layout.
#[repr(C)]
struct Answer {
    value: u64,
    is_done: u64,
}

unsafe extern "C" {
    fn access_device(address: u64, kind: u64, value: u64) -> Answer;
}

/// The bit that stores have in the kind of an access, beside its width.
const STORE: u64 = 4;

/// Reads (`write` is `None`) or writes a register of a zone's device. `None` where the device refuses it at once; a store
/// that it refuses later costs the zone of this CPU.
///
/// # Safety
///
/// `address` must be a mapped device register, aligned to `width`, whose effect is the zone's to have.
pub unsafe fn access(address: HypVirt, width: Width, write: Option<u64>) -> Option<u64> {
    let store = if write.is_some() { STORE } else { 0 };
    // SAFETY: the caller vouches for address and effect; the kind is one of the eight.
    let answer = unsafe { access_device(address.raw(), width as u64 | store, write.unwrap_or(0)) };
    (answer.is_done != 0).then_some(answer.value)
}
