//! The page pool: what the image's 2 MiB leave free. Handed out while the machine boots, never returned, and
//! gone from reach when the first zone starts: there is no allocation after boot.

use addr::{HypVirt, PAGE_SIZE};

use crate::arch;

/// A bump allocator over the pages that it was given.
#[derive(Debug)]
pub struct Pool {
    start: HypVirt,
    next: HypVirt,
    end: HypVirt,
}

/// There is not enough of the hypervisor's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl Pool {
    /// A pool of the bytes from `start` up to `end`, both page-aligned.
    ///
    /// # Safety
    ///
    /// The bytes must be mapped writable, unused, and stay so for ever.
    pub const unsafe fn new(start: HypVirt, end: HypVirt) -> Self {
        Self { start, next: start, end }
    }

    /// Bytes handed out so far.
    pub fn used(&self) -> u64 {
        self.next.raw().saturating_sub(self.start.raw())
    }

    /// `count` zeroed pages, aligned to `align` bytes (a power of two, at least a page) of physical address.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] when the pool has no such run left.
    pub fn pages(&mut self, count: usize, align: u64) -> Result<HypVirt, OutOfMemory> {
        let size = (count as u64).checked_mul(PAGE_SIZE).ok_or(OutOfMemory)?;
        // The image is physically aligned to its own size, so virtual alignment within it is physical alignment.
        let start = self.next.align_up(align.max(PAGE_SIZE)).ok_or(OutOfMemory)?;
        let end = start.checked_add(size).ok_or(OutOfMemory)?;
        if end > self.end {
            return Err(OutOfMemory);
        }
        self.next = end;
        // SAFETY: the range lies in the pool, which `new`'s caller promised to be writable and unused, and the
        // line above keeps it from being handed out twice.
        unsafe { arch::memory::clear(start, size) };
        Ok(start)
    }

    /// Puts `value` into the pool for good.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] when it does not fit.
    pub fn place<T>(&mut self, value: T) -> Result<&'static mut T, OutOfMemory> {
        let address = self.bytes(size_of::<T>() as u64, align_of::<T>() as u64)?;
        let pointer = address.raw() as *mut T;
        // SAFETY: `bytes` gave memory of this size and alignment that nobody else has.
        unsafe { pointer.write(value) };
        // SAFETY: just initialised, never handed out again, mapped for ever.
        Ok(unsafe { &mut *pointer })
    }

    /// Room for `count` values that are put in one by one, while the pool serves other requests too.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] when they do not fit.
    pub fn reserve<T>(&mut self, count: usize) -> Result<Room<T>, OutOfMemory> {
        let size = (size_of::<T>() as u64).checked_mul(count as u64).ok_or(OutOfMemory)?;
        let start = self.bytes(size, align_of::<T>() as u64)?;
        Ok(Room { start: start.raw() as *mut T, capacity: count, filled: 0 })
    }

    /// Puts `count` values made by `make` into the pool for good.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] when they do not fit.
    pub fn place_slice<T>(
        &mut self,
        count: usize,
        make: impl FnMut(usize) -> T,
    ) -> Result<&'static mut [T], OutOfMemory> {
        let mut room = self.reserve(count)?;
        for value in (0..count).map(make) {
            room.push(value)?;
        }
        Ok(room.finish())
    }

    fn bytes(&mut self, size: u64, align: u64) -> Result<HypVirt, OutOfMemory> {
        let start = self.next.align_up(align).ok_or(OutOfMemory)?;
        let end = start.checked_add(size).ok_or(OutOfMemory)?;
        if end > self.end {
            return Err(OutOfMemory);
        }
        self.next = end;
        Ok(start)
    }
}

/// Room in the pool that is being filled.
#[derive(Debug)]
pub struct Room<T> {
    start: *mut T,
    capacity: usize,
    filled: usize,
}

impl<T> Room<T> {
    /// Puts the next value in.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] when all places are taken.
    pub fn push(&mut self, value: T) -> Result<(), OutOfMemory> {
        if self.filled >= self.capacity {
            return Err(OutOfMemory);
        }
        // SAFETY: place `filled` lies in the memory that the pool gave to this room.
        let place = unsafe { self.start.add(self.filled) };
        // SAFETY: it is this room's alone, aligned for `T`, and holds nothing yet.
        unsafe { place.write(value) };
        self.filled = self.filled.wrapping_add(1);
        Ok(())
    }

    /// The values put in, for good.
    pub fn finish(self) -> &'static mut [T] {
        // SAFETY: the first `filled` places are initialised and belong to nobody else, for ever.
        unsafe { core::slice::from_raw_parts_mut(self.start, self.filled) }
    }
}
