//! How many table pages a set of mappings can take: what a pool must hold so that no map ever fails.

use crate::tree::root_pages;
use crate::{Format, Level, Shape as _, Tree};
use addr::HostPhys;

impl<F: Format> Tree<F> {
    /// The pages of the root and of all tables that mapping `regions` (input, output, bytes) into a new
    /// address space takes at most; exact where no two regions share a table.
    pub(crate) fn pages_at_most(
        top: Level,
        input_bits: u8,
        regions: impl IntoIterator<Item = (F::Input, HostPhys, u64)>,
    ) -> usize {
        regions.into_iter().fold(root_pages(top, input_bits), |sum, (input, output, size)| {
            sum.saturating_add(tables_below::<F>(top, F::raw(input), output.raw(), size))
        })
    }
}

/// Tables at every level below `top` that one region needs.
fn tables_below<F: Format>(top: Level, input: u64, output: u64, size: u64) -> usize {
    let mut sum = 0usize;
    let mut parent = Some(top);
    while let Some(level) = parent.filter(|level| level.below().is_some()) {
        let leaves_possible = level >= F::Shape::LARGEST_LEAF && (input ^ output) & level.offset_mask() == 0;
        let tables =
            if leaves_possible { partly_covered(level, input, size) } else { touched(level, input, size) };
        sum = sum.saturating_add(tables);
        parent = level.below();
    }
    sum
}

/// Entries of `level` that the region touches.
fn touched(level: Level, start: u64, size: u64) -> usize {
    let Some(last) = start.checked_add(size.saturating_sub(1)).filter(|_| size > 0) else { return 0 };
    let first_entry = start.wrapping_shr(level.shift());
    let last_entry = last.wrapping_shr(level.shift());
    usize::try_from(last_entry.saturating_sub(first_entry).saturating_add(1)).unwrap_or(usize::MAX)
}

/// Entries of `level` that the region touches but does not fill: none, its head, its tail or both.
fn partly_covered(level: Level, start: u64, size: u64) -> usize {
    // The end of the highest page of 64 bits is 0, and aligned like any other.
    let end = start.wrapping_add(size);
    let head = start & level.offset_mask() != 0;
    let tail = end & level.offset_mask() != 0;
    // Head and tail may be the same entry.
    touched(level, start, size).min(usize::from(head).saturating_add(usize::from(tail)))
}
