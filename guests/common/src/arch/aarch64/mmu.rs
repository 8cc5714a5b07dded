//! One to one: 40 bits of address, all of it normal write-back memory, readable, writable, executable.
//! Whether an address may be touched is not for a guest's own stage 1 to say: that is what the guests are
//! here to test.

use core::arch::asm;

/// One table per 512 GiB, with a 1 GiB block in every entry, under a level 0 table of two entries.
const BLOCKS: usize = 512;

#[repr(C, align(4096))]
struct Table([u64; BLOCKS]);

static mut LEVEL1: [Table; 2] = [Table(blocks(0)), Table(blocks(1 << 39))];
static mut LEVEL0: Table = Table([0; BLOCKS]);

/// Block, AttrIndx 0, AP read-write at EL1, inner shareable, accessed.
const BLOCK: u64 = 0b01 | 0b11 << 8 | 1 << 10;
/// A table descriptor.
const TABLE: u64 = 0b11;
/// Normal, inner and outer write-back, at index 0.
const MAIR: u64 = 0xff;
/// 40 bits from TTBR0 with write-back walks, none from TTBR1 (EPD1), 4 KiB granule; IPS is added at run time.
const TCR: u64 = 24 | 0b01 << 8 | 0b01 << 10 | 0b11 << 12 | 1 << 23 | 24 << 16;
/// SCTLR_EL1: M, C, I and the RES1 bits of ARMv8.0; A clear, so that unaligned accesses go out.
const SCTLR: u64 = 0x30d0_0800 | 1 | 1 << 2 | 1 << 12;

const fn blocks(base: u64) -> [u64; BLOCKS] {
    let mut table = [0; BLOCKS];
    let mut index = 0;
    while index < BLOCKS {
        table[index] = base | (index as u64) << 30 | BLOCK;
        index += 1;
    }
    table
}

/// Turns the MMU on for this vCPU.
pub(crate) fn enable() {
    let root = &raw mut LEVEL0;
    for index in 0..2 {
        let entry = root.cast::<u64>().wrapping_add(index);
        let table = (&raw mut LEVEL1).cast::<Table>().wrapping_add(index);
        // SAFETY: the first two entries of LEVEL0. A second vCPU writes the same values again.
        unsafe { entry.write_volatile(table as u64 | TABLE) };
    }
    // SAFETY: the map contains every address that runs or is in use, at its own value.
    unsafe {
        asm!(
            "mrs {range}, id_aa64mmfr0_el1",
            "and {range}, {range}, #7",
            "orr {tcr}, {tcr}, {range}, lsl #32",
            "msr mair_el1, {mair}",
            "msr tcr_el1, {tcr}",
            "msr ttbr0_el1, {root}",
            "dsb sy",
            "tlbi vmalle1",
            "ic iallu",
            "dsb sy",
            "isb",
            "msr sctlr_el1, {sctlr}",
            "isb",
            range = out(reg) _,
            tcr = inout(reg) TCR => _,
            mair = in(reg) MAIR,
            root = in(reg) root,
            sctlr = in(reg) SCTLR,
        );
    }
}

/// The last GiB of the 40 bits, which [`set_last`] may point elsewhere.
pub(crate) const LAST: u64 = 0xff_c000_0000;

/// What the addresses from [`LAST`] on go through.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Last {
    /// Themselves, as at the beginning.
    Itself,
    /// A block at this output address, a multiple of 1 GiB below 1 << 48.
    Block(u64),
    /// A table at this address, a multiple of 4 KiB.
    Table(u64),
}

/// Replaces the entry that maps [`LAST`].
pub(crate) fn set_last(last: Last) {
    let entry = (&raw mut LEVEL1).cast::<u64>().wrapping_add(2 * BLOCKS - 1);
    let value = match last {
        Last::Itself => LAST | BLOCK,
        Last::Block(output) => output | BLOCK,
        Last::Table(table) => table | TABLE,
    };
    // SAFETY: break before make on an entry that maps nothing which is in use.
    unsafe {
        asm!(
            "str xzr, [{entry}]",
            "dsb ishst",
            "tlbi vmalle1is",
            "dsb ish",
            "str {value}, [{entry}]",
            "dsb ishst",
            "isb",
            entry = in(reg) entry,
            value = in(reg) value,
            options(nostack),
        );
    }
}
