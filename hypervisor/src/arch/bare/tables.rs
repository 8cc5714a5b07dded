//! Memory for translation tables: pages of the pool, reached through the image's own mapping.

use core::sync::atomic::{AtomicU64, Ordering};

use addr::{HostPhys, PAGE_SIZE};
use paging::Tables;

use super::image;
use crate::arch::stage1;
use crate::memory::pool::Pool;

/// Entries of one table page.
const ENTRIES: usize = 512;

/// Which TLB entries an invalidation is about.
#[derive(Clone, Copy, Debug)]
pub enum Translation {
    /// The hypervisor's own.
    Hypervisor,
    /// A zone's that does not run: nothing of it is in any TLB yet.
    UnusedZone,
}

/// Table pages out of the pool.
pub struct PoolTables<'p> {
    /// Where new pages come from.
    pub pool: &'p mut Pool,
    /// Whose tables these are.
    pub translation: Translation,
}

impl Tables for PoolTables<'_> {
    fn allocate(&mut self, pages: usize) -> Option<HostPhys> {
        let align = (pages as u64).checked_mul(PAGE_SIZE)?;
        self.pool.pages(pages, align).ok().map(image::to_physical)
    }

    fn read(&self, table: HostPhys, index: usize) -> u64 {
        entry(table, index).map_or(0, |entry| entry.load(Ordering::Relaxed))
    }

    fn write(&mut self, table: HostPhys, index: usize, value: u64) {
        if let Some(entry) = entry(table, index) {
            // Release: a walk that sees the entry sees the table behind it.
            entry.store(value, Ordering::Release);
        }
        stage1::table_written();
    }

    fn invalidate(&mut self, input_address: u64, size: u64) {
        match self.translation {
            Translation::UnusedZone => {}
            Translation::Hypervisor => stage1::forget(input_address, size),
        }
    }
}

/// An entry of a table page in the image; `None` for any other address.
fn entry(table: HostPhys, index: usize) -> Option<&'static AtomicU64> {
    let page = table.checked_add((index / ENTRIES) as u64 * PAGE_SIZE)?;
    if !image::holds_page(page) {
        return None;
    }
    let address = image::to_virtual(page).checked_add((index % ENTRIES) as u64 * 8)?;
    // SAFETY: the entry lies in a page of the image, mapped writable for ever and aligned, that serves as a
    // table and is only ever accessed as atomics.
    Some(unsafe { &*(address.raw() as *const AtomicU64) })
}
