//! Device registers of the fake machine are memory of the test.

use addr::HypVirt;
use ids::Width;

macro_rules! access {
    ($read:ident $write:ident $width:ty) => {
        /// Reads one register.
        ///
        /// # Safety
        ///
        /// `address` must be aligned and readable.
        pub unsafe fn $read(address: HypVirt) -> $width {
            // SAFETY: the caller vouches for the address.
            unsafe { (address.raw() as *const $width).read_volatile() }
        }

        /// Writes one register.
        ///
        /// # Safety
        ///
        /// `address` must be aligned and writable.
        pub unsafe fn $write(address: HypVirt, value: $width) {
            // SAFETY: the caller vouches for the address.
            unsafe { (address.raw() as *mut $width).write_volatile(value) };
        }
    };
}

/// Reads (`write` is `None`) or writes a register of a zone's device; there is no bus that could refuse it.
///
/// # Safety
///
/// `address` must be aligned, readable and writable.
pub unsafe fn access(address: HypVirt, width: Width, write: Option<u64>) -> Option<u64> {
    let at = address.raw();
    // SAFETY: the caller vouches for the address.
    unsafe {
        match (width, write) {
            (Width::Byte, None) => return Some((at as *const u8).read_volatile().into()),
            (Width::Half, None) => return Some((at as *const u16).read_volatile().into()),
            (Width::Word, None) => return Some((at as *const u32).read_volatile().into()),
            (Width::Double, None) => return Some((at as *const u64).read_volatile()),
            (Width::Byte, Some(value)) => (at as *mut u8).write_volatile(value as u8),
            (Width::Half, Some(value)) => (at as *mut u16).write_volatile(value as u16),
            (Width::Word, Some(value)) => (at as *mut u32).write_volatile(value as u32),
            (Width::Double, Some(value)) => (at as *mut u64).write_volatile(value),
        }
    }
    Some(0)
}

access!(read8 write8 u8);
access!(read32 write32 u32);
access!(read64 write64 u64);
