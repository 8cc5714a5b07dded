//! Memory of the fake machine is memory of the test process, at the same addresses.

use addr::HypVirt;

/// Zeroes memory.
///
/// # Safety
///
/// `size` bytes at `start` must be the caller's to write.
pub unsafe fn clear(start: HypVirt, size: u64) {
    // SAFETY: the caller vouches for the range.
    unsafe { core::ptr::write_bytes(start.raw() as *mut u8, 0, size as usize) };
}

/// Copies `source` to `target`.
///
/// # Safety
///
/// The bytes at `target` must be the caller's to write and not overlap `source`.
pub unsafe fn copy(target: HypVirt, source: &[u8]) {
    // SAFETY: the caller vouches for the target.
    unsafe { core::ptr::copy_nonoverlapping(source.as_ptr(), target.raw() as *mut u8, source.len()) };
}

/// There are no caches to clean.
pub fn clean(_: HypVirt, _: u64) {}

/// There are no instruction caches.
pub fn instructions_written() {}
