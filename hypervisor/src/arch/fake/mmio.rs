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
    let size = width.bytes() as usize;
    let mut bytes = write.unwrap_or(0).to_le_bytes();
    if write.is_some() {
        // SAFETY: the caller vouches for the address; a width is at most eight bytes.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), address.raw() as *mut u8, size) };
        return Some(0);
    }
    // SAFETY: as above.
    unsafe { core::ptr::copy_nonoverlapping(address.raw() as *const u8, bytes.as_mut_ptr(), size) };
    Some(u64::from_le_bytes(bytes))
}

access!(read8 write8 u8);
access!(read32 write32 u32);
access!(read64 write64 u64);
