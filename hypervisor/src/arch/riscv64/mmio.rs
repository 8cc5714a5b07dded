//! Loads and stores of device registers: single instructions that no compiler merges, splits or reorders.

use addr::HypVirt;

macro_rules! access {
    ($read:ident $write:ident $width:ty, $load:literal, $store:literal) => {
        /// Reads one device register.
        ///
        /// # Safety
        ///
        /// `address` must be a mapped device register of this width, aligned to it.
        #[inline(always)]
        pub unsafe fn $read(address: HypVirt) -> $width {
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
        pub unsafe fn $write(address: HypVirt, value: $width) {
            // SAFETY: the caller vouches for the address and the effect.
            unsafe {
                core::arch::asm!($store, value = in(reg) u64::from(value), address = in(reg) address.raw(), options(nostack, preserves_flags))
            };
        }
    };
}

access!(read8 write8 u8, "lbu {value}, 0({address})", "sb {value}, 0({address})");
access!(read32 write32 u32, "lwu {value}, 0({address})", "sw {value}, 0({address})");
access!(read64 write64 u64, "ld {value}, 0({address})", "sd {value}, 0({address})");
