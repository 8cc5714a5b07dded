//! Where the image lies: linked at a fixed virtual address, loaded at any 2 MiB-aligned physical one.

use addr::{HostPhys, HypVirt, PAGE_SIZE, Range};
use core::sync::atomic::{AtomicU64, Ordering};

/// Bytes that the hypervisor takes of the machine: sections and page pool.
pub const SIZE: u64 = 0x20_0000;

/// The physical address of `_head`; written once, before any other CPU runs.
static PHYSICAL: AtomicU64 = AtomicU64::new(0);

macro_rules! symbols {
    ($($(#[$doc:meta])* $name:ident = $symbol:ident;)*) => {
        $($(#[$doc])*
        pub fn $name() -> HypVirt {
            unsafe extern "C" { static $symbol: u8; }
            HypVirt::new(&raw const $symbol as u64)
        })*
    };
}

symbols! {
    /// The image's first byte.
    start = __image_start;
    /// The first byte after code.
    text_end = __text_end;
    /// The page below the stack of boot, which is never mapped.
    boot_stack_guard = __boot_stack_guard;
    /// The first byte after the stack of boot.
    boot_stack_top = __boot_stack_top;
    /// The first free page.
    pool_start = __pool_start;
    /// The level-0 table that entry code filled.
    root_table = __boot_tables;
    /// Where other CPUs enter, physically.
    secondary_entry = secondary_start;
}

/// The first byte after the image. Computed, for it may be further from code than a short address reaches.
pub fn end() -> HypVirt {
    HypVirt::new(start().raw().wrapping_add(SIZE))
}

/// Remembers where the image was loaded.
pub fn set_physical(address: HostPhys) {
    PHYSICAL.store(address.raw(), Ordering::Relaxed);
}

/// The physical range that belongs to the hypervisor.
pub fn physical_range() -> Option<Range<HostPhys>> {
    Range::<HostPhys>::new(HostPhys::new(PHYSICAL.load(Ordering::Relaxed)), SIZE)
}

/// The physical address of something in the image.
pub fn to_physical(address: HypVirt) -> HostPhys {
    HostPhys::new(address.raw().wrapping_sub(start().raw()).wrapping_add(PHYSICAL.load(Ordering::Relaxed)))
}

/// Where the hypervisor sees a physical address inside the image, a table page for example.
pub fn to_virtual(address: HostPhys) -> HypVirt {
    HypVirt::new(address.raw().wrapping_sub(PHYSICAL.load(Ordering::Relaxed)).wrapping_add(start().raw()))
}

/// Whether the page of tables at this physical address lies in the image.
#[inline]
pub fn holds_page(address: HostPhys) -> bool {
    let offset = address.raw().wrapping_sub(PHYSICAL.load(Ordering::Relaxed));
    address.is_aligned(PAGE_SIZE) && offset <= SIZE - PAGE_SIZE
}
