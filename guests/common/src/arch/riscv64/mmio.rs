//! Loads and stores of device registers.

/// Loads a register of 32 bits.
pub fn load(address: u64) -> u32 {
    // SAFETY: callers name registers of devices of this zone; a wrong one ends the zone by a fault.
    unsafe { (address as *const u32).read_volatile() }
}

/// Stores to a register of 32 bits, after all memory accesses before it.
pub fn store(address: u64, value: u32) {
    // SAFETY: a fence only.
    unsafe { core::arch::asm!("fence rw, o", options(nostack)) };
    // SAFETY: as for `load`; no register here lets a device write to memory.
    unsafe { (address as *mut u32).write_volatile(value) };
}
