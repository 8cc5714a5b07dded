//! Loads and stores of device registers: single instructions that no compiler merges, splits or reorders. Each
//! architecture names its instructions.

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
