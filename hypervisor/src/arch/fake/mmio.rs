//! Device registers of the fake machine are memory of the test.

use addr::HypVirt;

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

access!(read8 write8 u8);
access!(read32 write32 u32);
access!(read64 write64 u64);
