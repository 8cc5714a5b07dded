//! The memory that translation tables lie in.

use addr::HostPhys;

/// Memory for translation tables, and the TLBs that cache them.
///
/// Only tables that [`Tables::allocate`] returned, an adopted root and what hangs below it are ever passed to
/// the other methods.
pub trait Tables {
    /// Takes `pages` contiguous 4 KiB pages, filled with zeros and aligned to their total size, or `None`
    /// where there are none. `pages` is a power of two, 1 to 16: more than 1 for a root of
    /// concatenated tables only (stage 2; 4 pages for a G-stage). A table is never given back.
    fn allocate(&mut self, pages: usize) -> Option<HostPhys>;

    /// Reads the 64-bit entry `index` of `table`. `index` counts entries from the start of the table: below
    /// 512, or below `pages` × 512 for a root of several pages.
    fn read(&self, table: HostPhys, index: usize) -> u64;

    /// Writes the 64-bit entry `index` of `table` with one single-copy atomic store.
    ///
    /// A walk that observes this entry must also observe everything written before it, the zeros of a new
    /// table included (Arm: a DMB ISHST or store-release in front of the store suffices; RISC-V: a FENCE W, W or
    /// store-release).
    fn write(&mut self, table: HostPhys, index: usize, value: u64);

    /// Makes every TLB and walk cache that may hold it forget what it knows of the `size` bytes from
    /// `input_address`, and waits until that is done. Called after entries of that range changed, see
    /// [`crate::Maintenance`].
    ///
    /// - Arm: DSB ISHST; TLBI of the range at every level, for stage 2 also of the combined stage-1 entries;
    ///   DSB ISH; ISB.
    /// - RISC-V: SFENCE.VMA, or HFENCE.GVMA for a G-stage, on every hart that may use the tables, with rs1 = x0:
    ///   one with an address is for leaf entries alone, and entries that lead to tables may have changed.
    fn invalidate(&mut self, input_address: u64, size: u64);
}
