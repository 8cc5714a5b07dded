//! This guest's own address translation: one GiB that may lead elsewhere, and life without any.

use super::mmu::{self, Last};

/// Output addresses that [`to_block`] can lead to have so many bits.
pub const OUTPUT_BITS: u32 = 56;

/// Lets the walk of some addresses go through a table at `table` (4 KiB-aligned). Returns one of them.
pub fn through_table(table: u64) -> u64 {
    mmu::set_last(Last::Table(table));
    mmu::LAST
}

/// Lets some addresses lead to the block at `output` (1 GiB-aligned, up to [`OUTPUT_BITS`]). Returns the first.
pub fn to_block(output: u64) -> u64 {
    mmu::set_last(Last::Block(output));
    mmu::LAST
}

/// Ends what the other two began.
pub fn restore() {
    mmu::set_last(Last::Itself);
}

/// Runs `body` on this vCPU with satp = 0: every address, of 64 bits, goes to the hypervisor's tables as it is.
pub fn without<T>(body: impl FnOnce() -> T) -> T {
    mmu::disable();
    let result = body();
    mmu::enable();
    result
}
