//! Clearing, copying and cleaning memory. The loops are assembly: they run over hundreds of megabytes.

use addr::HypVirt;

use super::registers::id_register;
use super::registers::*;

core::arch::global_asm!(include_str!("memory.S"));

unsafe extern "C" {
    fn memory_clear(start: u64, size: u64, block: u64);
    fn memory_clean(start: u64, size: u64, line: u64);
    fn memory_copy(target: u64, source: u64, size: u64);
    fn memory_copy_mops(target: u64, source: u64, size: u64);
}

/// Zeroes memory.
///
/// # Safety
///
/// `size` bytes at `start`, both multiples of a page, must be mapped writable, and nobody else may use them.
pub unsafe fn clear(start: HypVirt, size: u64) {
    let dczid = dczid_el0();
    // DCZID_EL0.DZP forbids DC ZVA; block 0 then asks for plain stores.
    let block = if dczid & (1 << 4) != 0 { 0 } else { 4 << (dczid & 0xf) };
    // SAFETY: the caller vouches for the range; DC ZVA zeroes whole blocks, which divide a page (at most 2 KiB).
    unsafe { memory_clear(start.raw(), size, block) };
}

/// Copies `source` to `target`.
///
/// # Safety
///
/// The bytes at `target` must be mapped writable, belong to nobody else, and not overlap `source`.
pub unsafe fn copy(target: HypVirt, source: &[u8]) {
    let size = source.len() as u64;
    if has_mops() {
        // SAFETY: the caller vouches for the target; FEAT_MOPS is there.
        unsafe { memory_copy_mops(target.raw(), source.as_ptr() as u64, size) };
    } else {
        // SAFETY: the caller vouches for the target. The copy goes through vector registers: no guest runs on this CPU.
        unsafe { memory_copy(target.raw(), source.as_ptr() as u64, size) };
    }
}

/// Makes memory read the same with the caches off as with them on: cleans and invalidates it to the point of
/// coherency. `size` bytes from `start`, both multiples of a page.
pub fn clean(start: HypVirt, size: u64) {
    let line = 4 << (ctr_el0() >> 16 & 0xf);
    // SAFETY: cleaning and invalidating lines by address changes no value that memory holds.
    unsafe { memory_clean(start.raw(), size, line) };
}

/// Instructions were written to memory: no CPU may go on with stale ones.
pub fn instructions_written() {
    // SAFETY: invalidating instruction caches and barriers change no state that Rust knows of.
    unsafe { core::arch::asm!("dsb ish", "ic ialluis", "dsb ish", "isb", options(nostack, preserves_flags)) };
}

/// FEAT_MOPS (ID_AA64ISAR2_EL1.MOPS): memory copy instructions.
fn has_mops() -> bool {
    id_register!("S3_0_C0_C6_2") >> 16 & 0xf != 0
}
