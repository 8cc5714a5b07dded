//! Sv39, one to one: the 38 bits of address in its lower half, all of it readable, writable, executable.
//! Whether an address may be touched is not for a guest's own tables to say: that is what the guests are here
//! to test.

use core::arch::asm;

/// Entries of 1 GiB each; the upper half of the addresses is not mapped.
const ENTRIES: usize = 512;
const MAPPED: usize = ENTRIES / 2;

#[repr(C, align(4096))]
struct Table([u64; ENTRIES]);

static mut ROOT: Table = Table(leaves());

/// A leaf: dirty, accessed, executable, writable, readable, valid.
const LEAF: u64 = 0b1100_1111;
/// A pointer to a table: valid alone.
const POINTER: u64 = 0b1;
/// satp.MODE of Sv39.
const SV39: u64 = 8 << 60;

const fn leaves() -> [u64; ENTRIES] {
    let mut table = [0; ENTRIES];
    let mut index = 0;
    while index < MAPPED {
        table[index] = entry((index as u64) << 30, LEAF);
        index += 1;
    }
    table
}

/// The entry with this physical address, of which bits 55 to 12 count.
const fn entry(address: u64, flags: u64) -> u64 {
    (address >> 12 & ((1 << 44) - 1)) << 10 | flags
}

/// Turns translation on for this vCPU.
pub(crate) fn enable() {
    let satp = SV39 | &raw const ROOT as u64 >> 12;
    // SAFETY: the map contains every address that runs or is in use, at its own value.
    unsafe { asm!("csrw satp, {}", "sfence.vma", in(reg) satp, options(nostack)) };
}

/// Turns it off.
pub(crate) fn disable() {
    // SAFETY: as for `enable`.
    unsafe { asm!("csrw satp, zero", "sfence.vma", options(nostack)) };
}

/// The last GiB of the mapped addresses, which [`set_last`] may point elsewhere.
pub(crate) const LAST: u64 = (MAPPED as u64 - 1) << 30;

/// What the addresses from [`LAST`] on go through.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Last {
    /// Themselves, as at the beginning.
    Itself,
    /// A leaf with this physical address, a multiple of 1 GiB below 1 << 56.
    Block(u64),
    /// A table at this address, a multiple of 4 KiB.
    Table(u64),
}

/// Replaces the entry that maps [`LAST`], for the vCPU that calls.
pub(crate) fn set_last(last: Last) {
    let slot = (&raw mut ROOT).cast::<u64>().wrapping_add(MAPPED - 1);
    let value = match last {
        Last::Itself => entry(LAST, LEAF),
        Last::Block(output) => entry(output, LEAF),
        Last::Table(table) => entry(table, POINTER),
    };
    // SAFETY: the entry maps nothing that is in use.
    unsafe { slot.write_volatile(value) };
    // SAFETY: the hart forgets what it knew of the tables.
    unsafe { asm!("sfence.vma", options(nostack)) };
}
